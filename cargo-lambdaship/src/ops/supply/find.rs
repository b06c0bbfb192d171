//! Looking for the code of every function, and building what is found nowhere.

use futures::{StreamExt, stream};

use super::{Identity, News, Supply, Zip, because, choice, identify};
use crate::config::FunctionConfig;
use crate::error::{Error, chain};
use crate::model::{Arch, CodeSha256, FunctionName};
use crate::ops::artifacts::{Maker, Ready, Source, Wanted, blocking};
use crate::ops::plan::READS_SIDE_BY_SIDE;
use crate::ops::plan_file::{self, Reviewed};
use crate::ops::promote::Promotion;
use crate::ops::session::Session;
use crate::package;
use crate::plan::Glance;
use crate::report::{Origin, size};
use crate::source::Also;
use crate::store::Outcome;

/// How often what builds were seen to read leads to another hash, and that to more that was read.
const ROUNDS: usize = 8;

/// Looks for the code of every function of an environment.
pub struct Search<'a> {
    /// The environment.
    pub session: &'a Session,
    /// What builds.
    pub maker: &'a Maker<'a>,
    /// What another environment serves, if only that is accepted.
    pub accepts: Option<&'a Promotion>,
}

/// One function on its way to its code.
pub struct Seeker<'a> {
    function: &'a FunctionConfig,
    arch: Arch,
    identity: Identity,
    /// What the source is known to become.
    known: Option<News>,
    found: Option<Supply>,
}

impl<'a> Seeker<'a> {
    fn new(function: &'a FunctionConfig, arch: Arch) -> Self {
        Self { function, arch, identity: Identity::default(), known: None, found: None }
    }

    /// Its code, if it need not be built.
    #[must_use]
    pub fn found(&self) -> Option<&Supply> {
        self.found.as_ref()
    }

    fn name(&self) -> &FunctionName {
        &self.function.function.name
    }

    fn wanted(&self) -> Wanted<'a> {
        Wanted { function: self.function, arch: self.arch, identity: self.identity.clone() }
    }

    fn supply(&self, code: CodeSha256, size: u64, (zip, origin): (Zip, Origin)) -> Supply {
        let source = self.identity.hash();
        let (arch, because, promoted) = (self.arch, Vec::new(), None);
        let news = self.identity.leads.clone();
        Supply { code, size, arch, zip, origin, source, because, news, promoted }
    }
}

impl Search<'_> {
    /// Identifies every source, and looks for what is known of it. Nothing is built, and what is named by a flag is not
    /// looked for.
    ///
    /// # Errors
    /// When a source cannot be read, or the toolchain does not answer.
    pub async fn look<'s>(&self, glances: &[Glance], archs: &[Arch]) -> Result<Vec<Seeker<'s>>, Error>
    where
        Self: 's,
    {
        let functions = self.session.bench.environment.functions.iter().zip(archs.iter().copied());
        let mut seekers: Vec<Seeker<'_>> =
            functions.map(|(function, arch)| Seeker::new(function, arch)).collect();
        let mut due: Vec<usize> = match self.maker.source {
            Source::Build { .. } => (0..seekers.len()).collect(),
            Source::Reviewed(reviewed) => {
                self.look_for_reviewed(reviewed, &mut seekers, glances).await?;
                (0..seekers.len()).filter(|at| seekers[*at].found.is_none()).collect()
            }
            Source::Promoted(promotion) => {
                for seeker in &mut seekers {
                    seeker.found = promotion.get(seeker.name()).map(Supply::from);
                }
                Vec::new()
            }
            Source::Binary(_) | Source::Zip(_) => Vec::new(),
        };
        for _ in 0..ROUNDS {
            let wanted = due.iter().map(|at| seekers[*at].wanted()).collect();
            let identities = identify(self.maker, wanted)?;
            for (at, identity) in due.iter().zip(identities) {
                seekers[*at].identity = identity;
            }
            let all = seekers.iter_mut().zip(glances).enumerate();
            let looks = all.filter(|(at, _)| due.binary_search(at).is_ok()).map(
                |(at, (seeker, glance))| async move {
                    seeker.identity.also = self.look_for(seeker, glance).await?;
                    Some(at)
                },
            );
            let again: Vec<_> = stream::iter(looks).buffered(READS_SIDE_BY_SIDE).collect().await;
            due = again.into_iter().flatten().collect();
        }
        // What leads from one to the next without an end is built.
        for at in due {
            seekers[at].identity = Identity::default();
        }
        Ok(seekers)
    }

    /// Looks for the code of one source. Answers what else has to be hashed first, if there is something.
    async fn look_for(&self, seeker: &mut Seeker<'_>, glance: &Glance) -> Option<Also> {
        let source = seeker.identity.hash()?;
        if let Some(served) = choice::by_source(glance, source) {
            seeker.found = Some(self.served(seeker, served, Origin::Served));
            return None;
        }
        let accepted = self.accepts.and_then(|promotion| promotion.get(seeker.name()));
        if let Some(accepted) = accepted.filter(|accepted| accepted.source == Some(source)) {
            seeker.found = Some(Supply::from(accepted));
            return None;
        }
        let news = self.maker.records.find(source).await?;
        if let Outcome::Also(also) = &news.record.outcome {
            let also = Some(also.clone()).filter(|also| *also != seeker.identity.also)?;
            seeker.identity.leads.push(news);
            return Some(also);
        }
        seeker.known = Some(news);
        seeker.found = self.known(seeker, glance).await;
        None
    }

    fn served(&self, seeker: &Seeker<'_>, served: choice::Served, origin: Origin) -> Supply {
        let aws = Box::new(self.session.aws.clone());
        let zip = Zip::Lambda { aws, lambda: seeker.function.lambda.clone(), version: served.version };
        seeker.supply(served.code, served.size, (zip, origin))
    }

    /// The code that the source is known to become: served already, on this machine, or in the store.
    async fn known(&self, seeker: &Seeker<'_>, glance: &Glance) -> Option<Supply> {
        let known = seeker.known.as_ref()?;
        let Outcome::Artifact { code_sha256: code, .. } = known.record.outcome else { return None };
        let mut supply = self.with_code(seeker, glance, code).await?;
        supply.news.push(known.clone());
        Some(supply)
    }

    /// The code with the digest `code`, wherever it is.
    async fn with_code(&self, seeker: &Seeker<'_>, glance: &Glance, code: CodeSha256) -> Option<Supply> {
        if let Some(served) = choice::by_code(glance, code) {
            return Some(self.served(seeker, served, Origin::Known));
        }
        let (supply, place) = match self.kept(seeker, code).await {
            Some(kept) => (kept, "this machine"),
            None => (self.stored(seeker, code).await?, "the store"),
        };
        let console = &self.session.context().console;
        console.status("Reusing", format_args!("{} {}, from {place}", seeker.name(), size(supply.size)));
        Some(supply)
    }

    /// Looks for the very artifacts that were reviewed.
    ///
    /// # Errors
    /// When one is not there, and cannot be built either.
    async fn look_for_reviewed(
        &self,
        reviewed: &Reviewed,
        seekers: &mut [Seeker<'_>],
        glances: &[Glance],
    ) -> Result<(), Error> {
        for (seeker, glance) in seekers.iter_mut().zip(glances) {
            if let Some((code, source)) = reviewed.codes.get(seeker.name()) {
                let found = self.with_code(seeker, glance, *code).await;
                seeker.found = found.map(|supply| Supply { source: *source, ..supply });
            }
            if seeker.found.is_none() && reviewed.build.is_none() {
                let function = seeker.name().clone();
                let path = package::path(&self.session.bench.workspace.target_directory, &function);
                return Err(plan_file::Error::ArtifactGone { function, path }.into());
            }
        }
        Ok(())
    }

    /// The artifact of an earlier build on this machine, if it is still what it was.
    async fn kept(&self, seeker: &Seeker<'_>, code: CodeSha256) -> Option<Supply> {
        let path = package::path(&self.session.bench.workspace.target_directory, seeker.name());
        let there = path.clone();
        let digest = blocking(move || package::code_sha256(&there)).await.ok()?;
        let bytes = fs_err::metadata(&path).ok()?.len();
        (digest == code).then(|| seeker.supply(code, bytes, (Zip::File(path), Origin::Kept)))
    }

    /// A store that does not answer is said, and means only that more is built.
    async fn stored(&self, seeker: &Seeker<'_>, code: CodeSha256) -> Option<Supply> {
        let store = self.session.store.as_ref()?;
        match store.artifact(code).await {
            Ok(stored) => {
                let stored = stored?;
                let bytes = stored.size;
                Some(seeker.supply(code, bytes, (Zip::Store(store.clone(), stored), Origin::Stored)))
            }
            Err(error) => {
                let console = &self.session.context().console;
                console.warn(format_args!("{}, so `{}` is built", chain(&error), seeker.name()));
                None
            }
        }
    }

    /// The code of all, in their order; what was found nowhere is built. What is not served says why.
    ///
    /// # Errors
    /// When the build fails, or an artifact would not run on its lambda.
    pub async fn build(&self, seekers: Vec<Seeker<'_>>, glances: &[Glance]) -> Result<Vec<Supply>, Error> {
        let is_due = |seeker: &Seeker<'_>| seeker.found.is_none() || self.maker.verify_skip;
        let wanted: Vec<_> = seekers.iter().filter(|seeker| is_due(seeker)).map(Seeker::wanted).collect();
        let made = if wanted.is_empty() { Vec::new() } else { self.maker.make(wanted).await? };
        let (mut made, mut supplies) = (made.into_iter(), Vec::new());
        for (seeker, glance) in seekers.into_iter().zip(glances) {
            let built = if is_due(&seeker) { made.next() } else { None };
            let name = seeker.name().clone();
            let identity = built.as_ref().map_or(&seeker.identity, |built| &built.identity).clone();
            let supply = match (seeker.found, built) {
                (Some(found), Some(built)) => verified(found, &built)?,
                (Some(found), None) => found,
                (None, Some(built)) => Supply::of(built),
                (None, None) => return Err(nowhere(&name)),
            };
            supplies.push(async move {
                match supply.origin {
                    Origin::Built | Origin::Kept | Origin::Stored => {
                        let because = because::because(self.maker.records, glance, &identity).await;
                        Supply { because, ..supply }
                    }
                    Origin::Served | Origin::Known | Origin::Promoted | Origin::Given => supply,
                }
            });
        }
        Ok(stream::iter(supplies).buffered(READS_SIDE_BY_SIDE).collect().await)
    }
}

/// What was to be promoted, or was reviewed, and is not there.
fn nowhere(function: &FunctionName) -> Error {
    Error::Function {
        message: format!("there is no code for `{function}`"),
        hint: Some(
            "the environment that it is to come from does not have this function; choose others with -f"
                .to_owned(),
        ),
        held: false,
    }
}

/// `--verify-skip`: what would have been taken without a build has to be what the build gives.
fn verified(found: Supply, built: &Ready) -> Result<Supply, Error> {
    let artifact = &built.artifact;
    if artifact.code_sha256 == found.code {
        return Ok(found);
    }
    Err(Error::StaleSkip {
        function: artifact.function.clone(),
        source_hash: found.source.map(|source| source.short()).unwrap_or_default(),
        known: found.code.short(),
        built: artifact.code_sha256.short(),
    })
}
