//! Makes one change: all of it, or nothing.

use super::{
    Change, ChangeError, ChangeReport, Draft,
    arrange::entries,
    compare::{Comparison, compare},
};
use crate::{
    agent::{Agent, LoadStep, Outcome, PluginReport, load, start::entry, unload},
    definition::PluginDef,
    store::PluginMigrations,
};
use std::{collections::BTreeMap, time::Instant};

impl Agent {
    /// Makes one change. Nobody else makes one meanwhile.
    pub(super) async fn exchange(&self, draft: Draft) -> Result<ChangeReport, ChangeError> {
        let begun = Instant::now();
        let running = self.newest();
        let mut comparison = compare(self, &running, draft).await?;
        let leaving: Vec<&'static PluginDef> =
            running.plugins.iter().copied().filter(|def| !comparison.keeps(def.name)).collect();
        drop(running);

        let staged = self.stage();
        let since = self.clock().now();
        staged.change_parts(|parts| {
            parts.plan = comparison.plan.clone();
            leaving.iter().for_each(|def| parts.leave_out(def.name));
            let mut before = std::mem::take(&mut parts.off);
            for (name, change) in &comparison.fates {
                if let Change::Off { why, .. } = change {
                    let since = before.remove(name).map_or(since, |(_, since)| since);
                    parts.off.insert(*name, (why.clone(), since));
                }
            }
        });
        let loaded = tokio::select! {
            biased;
            () = self.ending().cancelled() => Err(ChangeError::Stopping),
            loaded = staged.load_anew(&mut comparison) => loaded,
        };
        let anew = match loaded {
            Ok(anew) => anew,
            Err(error) => {
                staged.take_back(&comparison).await;
                return Err(error);
            }
        };

        let before = staged.commit(|next, now| {
            next.take_services(now, |plugin| comparison.keeps(plugin));
            next.take_offers(now, |plugin| comparison.keeps(plugin));
            next.arrange();
        });
        let mut report = self.report();
        let all = comparison.plan.plugins.iter().map(|planned| planned.name);
        report.plugins = entries(all, anew, report.plugins);
        self.set_report(report);
        if let Err(error) = self.renew_tasks().await {
            tracing::error!("the tasks of changed plugins could not be written down: {error}");
        }
        if let Some(before) = before {
            self.retire(before, leaving);
        }
        Ok(ChangeReport { time: begun.elapsed(), ..comparison.report() })
    }

    /// Loads what is new or different, in the plan's order, into the parts of this staged handle.
    async fn load_anew(&self, comparison: &mut Comparison) -> Result<Vec<PluginReport>, ChangeError> {
        let plan = comparison.plan.clone();
        let fates: BTreeMap<&str, &Change> =
            comparison.fates.iter().map(|(name, fate)| (*name, fate)).collect();
        self.migrate_anew(comparison).await?;
        let mut reports = Vec::new();
        for planned in &plan.plugins {
            let mut entry = entry(planned);
            if let Some(Change::Off { why, .. }) = fates.get(planned.name) {
                entry.outcome = Outcome::Disabled(why.clone());
                reports.push(entry);
                continue;
            }
            let Some(config) = comparison.configs.remove(planned.name) else {
                continue;
            };
            let Some(plugin) = self.0.registry.get(planned.name) else {
                continue;
            };
            let loaded = load::load(self, plugin, planned, config, &mut entry.steps).await;
            loaded.map_err(|refusal| ChangeError::refused(planned.name, refusal))?;
            entry.outcome = Outcome::Loaded;
            reports.push(entry);
        }
        Ok(reports)
    }

    /// Brings the tables of plugins that are new or different up to date.
    async fn migrate_anew(&self, comparison: &Comparison) -> Result<(), ChangeError> {
        let mut plugins = PluginMigrations::of(&comparison.plan, self.registry());
        plugins.retain(|plugin| comparison.configs.contains_key(plugin.plugin));
        let Some(last) = plugins.last() else { return Ok(()) };
        let migrated = self.store().migrate(&plugins, false).await;
        let help = "mend the plugin; `galatea db status` lists the migrations";
        migrated
            .map(drop)
            .map_err(|error| ChangeError::refused(last.plugin, load::refusal(LoadStep::Storage, error, help)))
    }

    /// Unloads what was loaded into the parts of this staged handle, in reverse; also what was loaded half.
    async fn take_back(&self, comparison: &Comparison) {
        for (name, _) in comparison.fates.iter().rev().filter(|(name, _)| !comparison.keeps(name)) {
            let is_loaded = self.parts().loads.contains_key(name);
            if let Some(plugin) = self.0.registry.get(name).filter(|_| is_loaded) {
                unload::unload(self, plugin.def).await;
            }
        }
        self.release();
    }
}
