//! Fills the types of `raw.rs` from the parsed file, with AWS's limits checked on the way.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use toml::de::DeValue;

use super::limits::{
    self, LAYERS, SECURITY_GROUPS, SUBNETS, TAGS, arn, arn_or_nothing, boolean, choice, id, integer, short,
};
use super::problem::Problem;
use super::raw::{Build, EnvironmentLayer, File, Functions, Layer, LoggingTable, Named};
use super::reader::{Complaint, Section, text};
use super::template::Template;
use super::{gates, origins, place, rollout, smoke, variables};
use crate::model::{
    AccountId, Arch, BuilderChoice, EnvName, FileSystem, LogFormat, LogLevel, Region, Role, Tracing, Vpc,
};

/// The whole file.
pub(super) fn file(section: &mut Section<'_, '_>) -> File {
    let file = File {
        function: section.section("function", layer).unwrap_or_default(),
        functions: functions(section),
        env: environments(section),
        build: section.section("build", build).unwrap_or_default(),
        gates: section.section("gates", gates::read).unwrap_or_default(),
    };
    for problem in origins::problems(&file.env) {
        section.push(problem);
    }
    file
}

fn functions(section: &mut Section<'_, '_>) -> Functions {
    let named =
        |name: &str, span, s: &mut Section<'_, '_>| (name.to_owned(), Named { span, layer: layer(s) });
    section.sections("functions", named).into_iter().collect()
}

fn environments(section: &mut Section<'_, '_>) -> BTreeMap<EnvName, EnvironmentLayer> {
    let named = |name: &str, span, s: &mut Section<'_, '_>| {
        let environment = environment(s);
        match EnvName::new(name) {
            Ok(name) => {
                place::check(&name, &environment, s);
                Some((name, environment))
            }
            Err(invalid) => {
                s.push(Problem::at(span, invalid.to_string()));
                None
            }
        }
    };
    section.sections("env", named).into_iter().flatten().collect()
}

fn build(section: &mut Section<'_, '_>) -> Build {
    Build {
        builder: section.take(
            "builder",
            choice(&[
                ("auto", BuilderChoice::Auto),
                ("cargo", BuilderChoice::Cargo),
                ("zig", BuilderChoice::Zig),
                ("cross", BuilderChoice::Cross),
            ]),
        ),
        variables: build_variables(section),
    }
}

/// Names of environment variables, as every shell takes them (POSIX, "Environment Variable Definition"). What is none is not
/// shown: it may be `NAME=value`.
fn build_variables(section: &mut Section<'_, '_>) -> Vec<String> {
    let entries = section.items("variables", "an array of strings", |value| text(value).map(str::to_owned));
    let mut names = Vec::new();
    for (index, name) in entries.into_iter().flatten().flatten().enumerate() {
        if !is_variable(&name) {
            let phrase =
                format!("has an entry, number {}, that is no name of an environment variable", index + 1);
            let help =
                "a letter or `_`, then letters, digits or `_`; the value is the environment's at the build";
            section.complain("variables", Complaint::new(phrase).help(help));
        } else if names.contains(&name) {
            section.complain("variables", Complaint::new(format!("has `{name}` twice")));
        } else {
            names.push(name);
        }
    }
    names
}

fn is_variable(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let digit_first = name.starts_with(|first: char| first.is_ascii_digit());
    !name.is_empty() && name.bytes().all(word) && !digit_first
}

fn environment(section: &mut Section<'_, '_>) -> EnvironmentLayer {
    EnvironmentLayer {
        region: section.take("region", |value| parsed(value, Region::new)),
        regions: place::regions(section),
        region_order: section.take("region-order", choice(&place::REGION_ORDERS)),
        store: section.take_spanned("store", place::store),
        store_account: section.take("store-account", account),
        code_storage: section.take_spanned("code-storage", choice(&place::CODE_STORAGES)),
        from: section.take_spanned("from", |value| text(value).map(str::to_owned)),
        gates: section.take("gates", choice(&gates::POLICIES)),
        account: section.take("account", account),
        aws_profile: section.take("aws-profile", |value| text(value).map(str::to_owned)),
        endpoint_url: section.take("endpoint-url", |value| match text(value)? {
            url if url.starts_with("http://") || url.starts_with("https://") => Ok(url.to_owned()),
            url => Err(Complaint::new(format!("must begin with http:// or https://, not `{url}`"))),
        }),
        layer: layer(section),
        functions: functions(section),
    }
}

fn account(value: &DeValue<'_>) -> Result<AccountId, Complaint> {
    if let DeValue::Integer(_) = value {
        return Err(Complaint::new("must be a string, because an account may begin with 0")
            .help("put the 12 digits in quotes"));
    }
    parsed(value, AccountId::new)
}

/// A text that a newtype takes.
pub(super) fn parsed<T>(
    value: &DeValue<'_>,
    new: fn(String) -> Result<T, crate::model::InvalidName>,
) -> Result<T, Complaint> {
    new(text(value)?.to_owned()).map_err(|invalid| Complaint::new(format!("is not valid: {invalid}")))
}

/// Settings of a function. The order is that of the list of keys in messages.
pub(super) fn layer(section: &mut Section<'_, '_>) -> Layer {
    let sqs_or_sns = &[("sqs", ""), ("sns", "")];
    Layer {
        name: section.take_spanned("name", |value| Template::parse(text(value)?)),
        alias: section.take_spanned("alias", |value| Template::parse(text(value)?)),
        include: section.strings("include", usize::MAX, glob),
        arch: section.take("arch", choice(&[("arm64", Arch::Arm64), ("x86_64", Arch::X86_64)])),
        memory: section.take("memory", integer(128..=10_240, " MB")),
        timeout: section.take("timeout", limits::timeout),
        variables: section.pairs("variables", variables::entry).into_iter().collect(),
        env_file: section.take_spanned("env-file", |value| text(value).map(Utf8PathBuf::from)),
        role: section.take("role", role),
        layers: section.strings("layers", LAYERS, |text| arn(&[("lambda", "layer:")], text)),
        vpc: vpc(section),
        tracing: section
            .take("tracing", choice(&[("active", Tracing::Active), ("pass-through", Tracing::PassThrough)])),
        ephemeral_storage: section.take("ephemeral-storage", integer(512..=10_240, " MB")),
        dead_letter: section.take("dead-letter", arn_or_nothing(sqs_or_sns)),
        kms_key: section.take("kms-key", arn_or_nothing(&[("kms", "key/")])),
        file_system: file_system(section),
        logging: section.section("logging", logging).unwrap_or_default(),
        tags: tags(section),
        description: section.take("description", short(256)),
        reserved_concurrency: section.take("reserved-concurrency", integer(0..=i32::MAX.unsigned_abs(), "")),
        provisioned_concurrency: section
            .take("provisioned-concurrency", integer(0..=i32::MAX.unsigned_abs(), "")),
        code_signing: section.take("code-signing", arn_or_nothing(&[("lambda", "code-signing-config:csc-")])),
        rollout: rollout::read(section),
        smoke: smoke::read(section),
    }
}

fn glob(text: &str) -> Result<(), Complaint> {
    match globset::Glob::new(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(Complaint::new(format!("has a glob that is wrong: {error}"))),
    }
}

/// A role's ARN or name.
pub(super) fn role(value: &DeValue<'_>) -> Result<Role, Complaint> {
    let text = text(value)?;
    if text.starts_with("arn:") {
        return arn(&[("iam", "role/")], text).map(|()| Role::Arn(text.to_owned()));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
    if !text.is_empty() && text.len() <= 512 && text.bytes().all(allowed) {
        return Ok(Role::Name(text.to_owned()));
    }
    Err(Complaint::new(format!("must be a role's ARN or name, not `{text}`")))
}

fn vpc(section: &mut Section<'_, '_>) -> Option<Vpc> {
    let vpc = section.section("vpc", |section| Vpc {
        subnets: section.strings("subnets", SUBNETS, id("subnet-")).unwrap_or_default(),
        security_groups: section.strings("security-groups", SECURITY_GROUPS, id("sg-")).unwrap_or_default(),
        ipv6: section.take("ipv6", boolean).unwrap_or_default(),
    })?;
    if vpc.subnets.is_empty() != vpc.security_groups.is_empty() {
        section.complain("vpc", Complaint::new("must have both `subnets` and `security-groups`, or neither"));
    }
    Some(vpc)
}

fn file_system(section: &mut Section<'_, '_>) -> Option<FileSystem> {
    let (arn, mount) = section.section("file-system", |section| {
        let arn = section.take("arn", |value| {
            let text = text(value)?;
            arn(&[("elasticfilesystem", "access-point/")], text).map(|()| text.to_owned())
        });
        (arn, section.take("mount", mount))
    })?;
    if let (Some(arn), Some(mount)) = (arn, mount) {
        return Some(FileSystem { arn, mount });
    }
    section.complain("file-system", Complaint::new("must have both `arn` and `mount`"));
    None
}

fn mount(value: &DeValue<'_>) -> Result<String, Complaint> {
    let text = text(value)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match text.strip_prefix("/mnt/") {
        Some(name) if !name.is_empty() && text.len() <= 160 && name.bytes().all(allowed) => {
            Ok(text.to_owned())
        }
        _ => Err(Complaint::new(format!("must be a path such as `/mnt/data`, not `{text}`"))),
    }
}

fn logging(section: &mut Section<'_, '_>) -> LoggingTable {
    LoggingTable {
        format: section.take("format", choice(&[("text", LogFormat::Text), ("json", LogFormat::Json)])),
        level: section.take_spanned(
            "level",
            choice(&[
                ("trace", LogLevel::Trace),
                ("debug", LogLevel::Debug),
                ("info", LogLevel::Info),
                ("warn", LogLevel::Warn),
                ("error", LogLevel::Error),
                ("fatal", LogLevel::Fatal),
            ]),
        ),
        system_level: section.take_spanned(
            "system-level",
            choice(&[("debug", LogLevel::Debug), ("info", LogLevel::Info), ("warn", LogLevel::Warn)]),
        ),
        group: section.take("group", |value| {
            let text = short(512)(value)?;
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._/#-".contains(&byte);
            if !text.is_empty() && text.bytes().all(allowed) {
                return Ok(text);
            }
            Err(Complaint::new(format!("must be letters, digits or any of `._/#-`, not `{text}`")))
        }),
        retention: section.take("retention", limits::retention),
    }
}

fn tags(section: &mut Section<'_, '_>) -> BTreeMap<String, String> {
    let tags: BTreeMap<String, String> = section
        .pairs("tags", |name, value| {
            let long = name.is_empty() || name.chars().count() > 128;
            if long || name.to_ascii_lowercase().starts_with("aws:") {
                let rule = "is not a tag's key: 1 to 128 characters that do not begin with `aws:`";
                return Err(Complaint::new(rule));
            }
            short(256)(value)
        })
        .into_iter()
        .collect();
    if tags.len() > TAGS {
        section.complain("tags", Complaint::new(format!("has more than the {TAGS} entries that AWS takes")));
    }
    tags
}
