//! Whose store it is: whether all that needs something of it can be seen from where it is pruned. Pure.

use crate::config::EnvironmentConfig;
use crate::model::{AccountId, Region, StoreName};
use crate::ops::session::LOCAL;

/// Where a store is pruned from.
pub(super) struct Here<'a> {
    /// The environment.
    pub(super) own: &'a EnvironmentConfig,
    /// The account of the credentials.
    pub(super) account: &'a AccountId,
    /// The region of the connection.
    pub(super) region: &'a Region,
    /// The store.
    pub(super) store: &'a StoreName,
}

impl Here<'_> {
    /// Why a store of another account stays as it is: it was put there for several, whose versions only they can list.
    pub(super) fn is_not_all(&self) -> Option<String> {
        let owner = self.own.store_account.as_ref().filter(|owner| *owner != self.account)?;
        let account = self.account;
        Some(format!("it is account {owner}'s, and who else needs it cannot be seen from account {account}"))
    }

    /// Why the store stays as it is because of `other`: it has the same one, and its versions cannot be seen from here, or
    /// nobody can tell whether they can.
    pub(super) fn shares_with(&self, other: &EnvironmentConfig) -> Option<String> {
        let env = &other.env;
        // The local AWS has a bucket of its own, whatever its name is.
        if [env, &self.own.env].iter().any(|env| env.as_str() == LOCAL) {
            return None;
        }
        let template = other.store.as_ref()?;
        let shares = |region: &&Region| template.in_region(region).is_ok_and(|name| name == *self.store);
        // Without any, the AWS configuration decides, and a bucket serves the lambdas of its own region alone.
        let only = [self.region.clone()];
        let regions: &[Region] = if other.regions.is_empty() { &only } else { &other.regions };
        let regions: Vec<&Region> = regions.iter().filter(shares).collect();
        if regions.is_empty() {
            return None;
        }
        if let Some(region) = regions.into_iter().find(|region| *region != self.region) {
            return Some(format!("`{env}`, which is in {region}, shares it"));
        }
        if other.endpoint_url != self.own.endpoint_url {
            return Some(format!("`{env}`, which has another endpoint, shares it"));
        }
        match &other.account {
            Some(account) if account == self.account => None,
            Some(_) => Some(format!("`{env}`, which has another account, shares it")),
            // S3 gives it the store only if this is its own account's, which is then this one.
            None if other.store_account.is_none() && other.aws_profile == self.own.aws_profile => None,
            None => Some(format!(
                "`{env}` shares it, and may have another account: state `account` in [env.{env}]"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::StoreTemplate;
    use crate::model::{CodeStorage, EnvName, GatesPolicy, RegionOrder};

    const HERE: &str = "111111111111";
    const THERE: &str = "222222222222";

    /// An environment with the store `acme`.
    fn environment(env: &str, change: impl FnOnce(&mut EnvironmentConfig)) -> EnvironmentConfig {
        let mut environment = EnvironmentConfig {
            env: EnvName::new(env).unwrap(),
            regions: Vec::new(),
            region_order: RegionOrder::default(),
            account: None,
            aws_profile: None,
            endpoint_url: None,
            store: Some(StoreTemplate::new("acme").unwrap()),
            store_account: None,
            code_storage: CodeStorage::default(),
            from: None,
            gates: GatesPolicy::Optional,
            functions: Vec::new(),
        };
        change(&mut environment);
        environment
    }

    fn account(text: &str) -> AccountId {
        AccountId::new(text).unwrap()
    }

    /// Why the store of `own`, which is in account [`HERE`], stays as it is.
    fn reason(own: &EnvironmentConfig, other: &EnvironmentConfig) -> Option<String> {
        let (region, here) = (Region::new("eu-west-1").unwrap(), AccountId::new(HERE).unwrap());
        let store = own.store.as_ref().unwrap().in_region(&region).unwrap();
        let here = Here { own, account: &here, region: &region, store: &store };
        here.is_not_all().or_else(|| here.shares_with(other))
    }

    #[test]
    fn what_another_account_may_need_stays() {
        let unknown = "`prod` shares it, and may have another account: state `account` in [env.prod]";
        let another = "`prod`, which has another account, shares it";
        let foreign =
            "it is account 222222222222's, and who else needs it cannot be seen from account 111111111111";
        for (own_store, prod_store, prod_account, expected) in [
            (None, None, None, None),
            (None, None, Some(HERE), None),
            (None, None, Some(THERE), Some(another)),
            (None, Some(HERE), None, Some(unknown)),
            (Some(HERE), Some(HERE), None, Some(unknown)),
            (Some(HERE), Some(HERE), Some(HERE), None),
            (Some(HERE), Some(HERE), Some(THERE), Some(another)),
            (Some(THERE), Some(THERE), None, Some(foreign)),
            (Some(THERE), None, Some(HERE), Some(foreign)),
        ] {
            let own = environment("staging", |own| own.store_account = own_store.map(account));
            let other = environment("prod", |other| {
                (other.store_account, other.account) = (prod_store.map(account), prod_account.map(account));
            });
            let case = format!("{own_store:?} {prod_store:?} {prod_account:?}");
            assert_eq!(reason(&own, &other).as_deref(), expected, "{case}");
        }
    }

    #[test]
    fn only_who_has_the_same_store_shares_it() {
        let regions = |names: &[&str]| names.iter().map(|name| Region::new(*name).unwrap()).collect();
        let other = |env, change: fn(&mut EnvironmentConfig), stated: &[&str], store| {
            environment(env, |other| {
                other.account = Some(account(THERE));
                other.regions = regions(stated);
                other.store = Some(StoreTemplate::new(store).unwrap());
                change(other);
            })
        };
        let same: fn(&mut EnvironmentConfig) = |_| {};
        let elsewhere: fn(&mut EnvironmentConfig) = |other| {
            other.account = Some(account(HERE));
            other.endpoint_url = Some("http://aws.test".to_owned());
        };
        let own = environment("staging", |_| {});
        for (other, expected) in [
            (other("prod", same, &[], "another"), None),
            (
                other("prod", same, &["eu-west-1"], "acme"),
                Some("`prod`, which has another account, shares it"),
            ),
            (other("prod", same, &["us-east-1"], "acme"), Some("`prod`, which is in us-east-1, shares it")),
            (other("prod", elsewhere, &[], "acme"), Some("`prod`, which has another endpoint, shares it")),
            (other("local", same, &[], "acme"), None),
        ] {
            assert_eq!(reason(&own, &other).as_deref(), expected, "{other:?}");
        }
        let own = environment("staging", |own| own.store = StoreTemplate::new("acme-{region}").ok());
        let regional = other("prod", same, &["us-east-1"], "acme-{region}");
        assert_eq!(reason(&own, &regional), None, "it never has that of this region");
    }
}
