//! A local AWS in a folder of its own, and the line from a look to a report on it.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::super::observe::glance_at;
use super::super::plan::{Planned, Values, decide, desired};
use super::super::ship::{Ledger, Shipper};
use crate::aws::{Aws, Caller, Connection, Endpoint};
use crate::config::FunctionConfig;
use crate::console::{Buffer, Console, Verbosity};
use crate::error::Error;
use crate::interruption::Interruption;
use crate::local::{Failure, Injection, Options, Server};
use crate::model::{
    Arch, CodeSha256, CodeStorage, EnvName, LiveAlias, LiveFunction, Role, Salt, Settings, Version,
};
use crate::ops::artifacts::Ready;
use crate::ops::supply::{Dispatch, Supply};
use crate::package;
use crate::plan::testing;
use crate::publish::Publisher;
use crate::report::FunctionReport;
use crate::rollout::{Run, Stay, Tools};
use crate::stamp::VersionStamp;

/// A role of an account that is not the local one, which need not exist.
const ROLE: &str = "arn:aws:iam::111111111111:role/hello";

/// A local AWS with a connection to it.
pub(super) struct Stage {
    folder: tempfile::TempDir,
    pub(super) server: Server,
    pub(super) aws: Aws,
    pub(super) console: Console,
    pub(super) said: Buffer,
    caller: Caller,
}

impl Stage {
    /// A server on which everything settles at once.
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A server whose options `adjust` sets.
    pub(super) async fn with(adjust: impl FnOnce(&mut Options)) -> Self {
        Self::over(tempfile::tempdir().unwrap(), adjust).await
    }

    /// A server on the state of this one, which `edit` changes first.
    pub(super) async fn restarted(self, edit: impl FnOnce(&mut Value)) -> Self {
        self.server.shutdown().await;
        let file = self.folder.path().join("local/state.json");
        let mut state = serde_json::from_slice(&fs_err::read(&file).unwrap()).unwrap();
        edit(&mut state);
        fs_err::write(&file, state.to_string()).unwrap();
        Self::over(self.folder, |_| {}).await
    }

    /// A server on the state of this one, on which everything takes so long to settle from now on.
    pub(super) async fn settling_in(self, settle: Duration) -> Self {
        self.server.shutdown().await;
        Self::over(self.folder, |options| options.settle = settle).await
    }

    async fn over(folder: tempfile::TempDir, adjust: impl FnOnce(&mut Options)) -> Self {
        let root = Utf8PathBuf::try_from(folder.path().join("local")).unwrap();
        let mut options = Options::new(root);
        adjust(&mut options);
        let server = Server::start(options).await.unwrap();
        let (console, _, said) = Console::buffered(Verbosity::Debug);
        let connection = Connection {
            region: None,
            profile: None,
            endpoint: Endpoint::Local(server.endpoint().to_owned()),
            read_timeout: Duration::from_mins(3),
            identity: None,
            network: crate::network::Network::default(),
        };
        let aws = Aws::connect(&connection, &console).await.unwrap();
        let caller = aws.caller().await.unwrap();
        Self { folder, server, aws, console, said, caller }
    }

    /// Looks and decides, as `plan` does.
    pub(super) async fn plan<'a>(
        &self,
        function: &'a FunctionConfig,
        code: &str,
    ) -> Result<Planned<'a>, Error> {
        let glance = glance_at(&self.aws, function).await?;
        let values = Values::read(&self.aws, std::slice::from_ref(function)).await?;
        let supply = Supply::of(self.zip(function, code));
        let desired = desired(&self.caller, function, &supply, &values);
        decide(&self.aws, desired, glance, supply, &Salt::random()).await
    }

    /// Carries a plan out, as `deploy` does.
    pub(super) async fn publish(&self, planned: &Planned<'_>) -> FunctionReport {
        self.publish_until(planned, &Interruption::never()).await
    }

    /// Carries a plan out until a signal comes.
    pub(super) async fn publish_until(&self, planned: &Planned<'_>, until: &Interruption) -> FunctionReport {
        self.publish_as(planned, (Run(9), Stay::ToTheEnd), until).await
    }

    /// Carries a plan out as one of several runs, and as far as it is to go.
    pub(super) async fn publish_as(
        &self,
        planned: &Planned<'_>,
        (run, stay): (Run, Stay),
        until: &Interruption,
    ) -> FunctionReport {
        let tools = &self.tools();
        let publisher = Publisher { tools, run, stay, until, regions: 1 };
        let dispatch = Dispatch {
            store: None,
            storage: CodeStorage::Copy,
            target_directory: Utf8Path::from_path(self.folder.path()).unwrap(),
            console: &self.console,
        };
        let stamp = VersionStamp { commit: Some("0123abcdef01".to_owned()), ..VersionStamp::default() };
        let env = &EnvName::new("staging").unwrap();
        let ledger = Ledger { env, git: None, run: None, console: &self.console };
        let shipper = Shipper { publisher: &publisher, dispatch, stamp, ledger };
        Box::pin(shipper.ship(planned, None)).await
    }

    /// What rollouts share.
    pub(super) fn tools(&self) -> Tools<'_> {
        Tools::new(&self.aws, &self.caller, &self.console, 8)
    }

    /// The whole line.
    pub(super) async fn deploy(&self, function: &FunctionConfig, code: &str) -> FunctionReport {
        // On the heap: the future of the whole line is large.
        let line = async {
            let planned = self.plan(function, code).await.unwrap();
            self.publish(&planned).await
        };
        Box::pin(line).await
    }

    /// The same, up to the moment when the server was asked once more than `operation` lets through.
    pub(super) async fn deploy_killed_at(
        &self,
        function: &FunctionConfig,
        code: &str,
        (operation, after): (&str, u32),
    ) {
        let begin = self.count(operation);
        self.server.inject(Injection {
            operation: operation.to_owned(),
            failure: Failure::Hang,
            after,
            times: 1,
        });
        let reached = async {
            while self.count(operation) <= begin + u64::from(after) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::select! {
            report = self.deploy(function, code) => panic!("{operation} was not reached: {report:?}"),
            () = reached => {}
        }
    }

    /// How often `operation` was asked for.
    pub(super) fn count(&self, operation: &str) -> u64 {
        self.server.counts().get(operation).map_or(0, |count| count.requests)
    }

    /// How often each operation was asked for while `work` ran.
    pub(super) async fn counted<T>(&self, work: impl Future<Output = T>) -> (T, BTreeMap<String, u64>) {
        let before = self.server.counts();
        let done = work.await;
        let more = |(operation, count): (String, crate::local::Count)| {
            let known = before.get(&operation).map_or(0, |count| count.requests);
            (count.requests > known).then_some((operation, count.requests - known))
        };
        (done, self.server.counts().into_iter().filter_map(more).collect())
    }

    /// The alias `live`.
    pub(super) async fn alias(&self, function: &FunctionConfig) -> LiveAlias {
        self.aws.lambda().alias(&function.lambda, &function.alias).await.unwrap().expect("the alias exists")
    }

    /// What the lambda is at `qualifier`, or as `$LATEST`.
    pub(super) async fn live(&self, function: &FunctionConfig, qualifier: Option<&str>) -> LiveFunction {
        self.aws.lambda().function(&function.lambda, qualifier).await.unwrap().expect("the lambda exists")
    }

    /// Checks that the alias serves `code`, and nothing else, as a version that can be invoked; says which one.
    pub(super) async fn serves(&self, function: &FunctionConfig, code: &str) -> Version {
        let alias = self.alias(function).await;
        assert_eq!(alias.split, None);
        let live = self.live(function, Some("live")).await.configuration;
        assert_eq!(
            live.code_sha256,
            self.zip(function, code).artifact.code_sha256,
            "the alias serves {code}"
        );
        assert_eq!((live.version, live.readiness), (alias.version, crate::model::Readiness::Active));
        alias.version.expect("the alias serves a version")
    }

    /// The digest of the zip with `code` as the bootstrap.
    pub(super) fn sha256(&self, function: &FunctionConfig, code: &str) -> CodeSha256 {
        self.zip(function, code).artifact.code_sha256
    }

    /// Packs `code` as the bootstrap.
    fn zip(&self, function: &FunctionConfig, code: &str) -> Ready {
        let folder = Utf8PathBuf::try_from(self.folder.path().to_owned()).unwrap();
        let name = CodeSha256::of(code.as_bytes()).hex();
        let binary = folder.join(&name);
        fs_err::write(&binary, code).unwrap();
        let out = folder.join(format!("{name}.zip"));
        let artifact = package::pack(&function.function.name, &binary, &[], &out).unwrap();
        Ready::given(artifact, Arch::Arm64)
    }
}

/// A function with a role that is stated, and these settings.
pub(super) fn function(state: impl FnOnce(&mut Settings)) -> FunctionConfig {
    testing::function(|settings| {
        settings.role = Some(Role::Arn(ROLE.to_owned()));
        state(settings);
    })
}

/// The failure of a report, with its causes.
pub(super) fn failure(report: &FunctionReport) -> String {
    let error = report.error.as_ref().expect("the function failed");
    std::iter::once(&error.message).chain(&error.causes).cloned().collect::<Vec<_>>().join(": ")
}
