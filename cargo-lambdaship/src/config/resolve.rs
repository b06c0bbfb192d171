//! From [`Config`] to one environment: layers merged, templates filled in, and what can be checked only then.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use toml::Spanned;

use super::load::Config;
use super::problem::{Problem, Problems};
use super::raw::{EnvironmentLayer, Functions, Layer};
use super::smoke::EventFiles;
use super::template::Template;
use super::{EnvironmentConfig, Error, FunctionConfig, collisions, limits, store, variables};
use crate::model::{
    AliasName, CodeStorage, EnvName, FunctionName, InvalidName, LambdaName, LogFormat, Variable,
};
use crate::suggest::did_you_mean;
use crate::workspace::{Function, Workspace};

/// The environment that needs no entry in the file.
pub(super) const LOCAL: &str = "local";

impl Config {
    /// What `env` is for the functions of `workspace`. Reads the env files and the events that the environment names.
    ///
    /// # Errors
    /// An environment that the file does not have, and everything that is wrong with this one.
    pub fn resolve(&self, env: &EnvName, workspace: &Workspace) -> Result<EnvironmentConfig, Error> {
        let implicit = EnvironmentLayer::default();
        let environment = match self.file.env.get(env) {
            Some(environment) => environment,
            None if env.as_str() == LOCAL => &implicit,
            None => return Err(self.unknown(env)),
        };
        let mut resolver = Resolver {
            config: self,
            env,
            environment,
            env_files: BTreeMap::new(),
            events: EventFiles::new(&self.directory),
            problems: Vec::new(),
        };
        resolver.refuse_unknown_functions(workspace);
        let functions: Vec<FunctionConfig> =
            workspace.functions.iter().filter_map(|function| resolver.function(function)).collect();
        let mut problems = resolver.problems;
        let store = store::filled(env, environment).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        let complete = EnvironmentConfig {
            env: env.clone(),
            regions: environment.all_regions().to_vec(),
            region_order: environment.region_order.unwrap_or_default(),
            store,
            store_account: environment.store_account.clone(),
            code_storage: environment
                .code_storage
                .as_ref()
                .map_or_else(CodeStorage::default, |stated| *stated.get_ref()),
            from: environment.from.as_ref().and_then(|from| EnvName::new(from.get_ref().as_str()).ok()),
            gates: environment.gates.unwrap_or_default(),
            account: environment.account.clone(),
            aws_profile: environment.aws_profile.clone(),
            endpoint_url: environment.endpoint_url.clone(),
            functions,
        };
        problems.extend(collisions::between_functions(&complete));
        problems.extend(collisions::between_environments(self, &complete));
        Problems::check(&self.source, problems)?;
        Ok(complete)
    }

    fn unknown(&self, env: &EnvName) -> Error {
        let mut known: Vec<String> = self.environments().map(EnvName::to_string).collect();
        if !known.iter().any(|name| name == LOCAL) {
            known.push(LOCAL.to_owned());
        }
        Error::UnknownEnvironment { env: env.clone(), file: self.source.name.clone(), known }
    }
}

/// What is stated of `function`, the last word last.
pub(super) fn layers<'a>(
    config: &'a Config,
    environment: &'a EnvironmentLayer,
    function: &FunctionName,
) -> Vec<&'a Layer> {
    let own = |functions: &'a Functions| functions.get(function.as_str()).map(|named| &named.layer);
    let layers = [
        Some(&config.file.function),
        own(&config.file.functions),
        Some(&environment.layer),
        own(&environment.functions),
    ];
    layers.into_iter().flatten().collect()
}

struct Resolver<'a> {
    config: &'a Config,
    env: &'a EnvName,
    environment: &'a EnvironmentLayer,
    /// The files that were read, so that many functions read each once.
    env_files: BTreeMap<Utf8PathBuf, BTreeMap<String, Variable>>,
    events: EventFiles<'a>,
    problems: Vec<Problem>,
}

impl Resolver<'_> {
    /// Every table of functions is checked, also those of other environments: a misspelt name is wrong anywhere.
    fn refuse_unknown_functions(&mut self, workspace: &Workspace) {
        let names: Vec<&str> = workspace.functions.iter().map(|f| f.name.as_str()).collect();
        let tables = std::iter::once(&self.config.file.functions)
            .chain(self.config.file.env.values().map(|environment| &environment.functions));
        for (name, named) in tables.flatten().filter(|(name, _)| !names.contains(&name.as_str())) {
            let problem =
                Problem::at(named.span.clone(), format!("there is no function `{name}` in the workspace"));
            self.problems.push(problem.help(did_you_mean(name, "functions", &names)));
        }
    }

    fn function(&mut self, function: &Function) -> Option<FunctionConfig> {
        let merged = self.merged(function);
        self.check_together(function, &merged);
        let lambda = self.filled(function, merged.name.as_ref(), Template::default_name, LambdaName::new);
        let alias = self.filled(function, merged.alias.as_ref(), Template::default_alias, AliasName::new);
        let smoke = self.events.smoke(merged.smoke.as_deref().unwrap_or_default(), &mut self.problems);
        Some(FunctionConfig {
            function: function.clone(),
            lambda: lambda?,
            alias: alias?,
            rollout: merged.rollout.clone().resolve(),
            smoke,
            include: merged.include.clone().unwrap_or_default(),
            include_root: function.package_root().to_owned(),
            settings: merged.into_settings(),
        })
    }

    /// The layers of `function`, later over earlier, each with its env file below its own variables.
    fn merged(&mut self, function: &Function) -> Layer {
        let mut merged = Layer::default();
        for layer in layers(self.config, self.environment, &function.name) {
            if let Some(path) = &layer.env_file {
                let variables = self.env_file(path);
                merged.variables.extend(variables);
            }
            merged.overlay(layer);
        }
        merged
    }

    fn env_file(&mut self, stated: &Spanned<Utf8PathBuf>) -> BTreeMap<String, Variable> {
        let path = self.config.directory.join(stated.get_ref());
        if let Some(variables) = self.env_files.get(&path) {
            return variables.clone();
        }
        match variables::env_file(&path) {
            Ok(variables) => {
                self.env_files.insert(path, variables.clone());
                variables
            }
            Err(complaint) => {
                self.problems.push(complaint.problem("env-file", stated.span()));
                BTreeMap::new()
            }
        }
    }

    /// What only the merged settings show.
    fn check_together(&mut self, function: &Function, merged: &Layer) {
        let levels = [("level", &merged.logging.level), ("system-level", &merged.logging.system_level)];
        for (key, level) in levels {
            if let Some(level) = level
                && merged.logging.format != Some(LogFormat::Json)
            {
                let message = format!("`logging.{key}` of function `{}` needs JSON logs", function.name);
                let help = "add `format = \"json\"` to `logging`".to_owned();
                self.problems.push(Problem::at(level.span(), message).help(help));
            }
        }
        if let (Some(provisioned), Some(reserved)) =
            (merged.provisioned_concurrency, merged.reserved_concurrency)
            && provisioned > reserved
        {
            self.problems.push(Problem::nowhere(format!(
                "function `{}` has a `provisioned-concurrency` of {provisioned}, more than its \
                 `reserved-concurrency` of {reserved}",
                function.name
            )));
        }
        self.problems.extend(merged.rollout.problem(&function.name));
        let size = variables::size(&merged.variables);
        if size > limits::VARIABLES {
            self.problems.push(Problem::nowhere(format!(
                "the variables of function `{}` take {size} bytes, and Lambda takes at most {}",
                function.name,
                limits::VARIABLES
            )));
        }
    }

    fn filled<T>(
        &mut self,
        function: &Function,
        stated: Option<&Spanned<Template>>,
        default: fn() -> Template,
        new: fn(String) -> Result<T, InvalidName>,
    ) -> Option<T> {
        let template = stated.map_or_else(default, |stated| stated.get_ref().clone());
        match new(template.fill(&function.name, self.env)) {
            Ok(name) => Some(name),
            Err(invalid) => {
                let message = format!("function `{}`: {invalid}", function.name);
                self.problems.push(match stated {
                    Some(stated) => Problem::at(stated.span(), message),
                    None => Problem::nowhere(message)
                        .help(format!("give it a `name` under `[functions.{}]`", function.name)),
                });
                None
            }
        }
    }
}
