//! What is looked up: packages of lockfiles, and actions of workflows.

use std::collections::{HashMap, HashSet};

use super::actions;
use crate::advisory::osv::database::Wanted;
use crate::advisory::osv::normal_name;
use crate::checks::lockfile::packages::{self, Packages};
use crate::checks::{Context, Record};
use crate::location::Location;

/// A package or action, with its version and place.
#[derive(Clone, Debug)]
pub struct Subject {
    /// As OSV names it.
    pub ecosystem: &'static str,
    /// Its name as OSV writes it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it is recorded.
    pub location: Location,
    /// Packages through which it is needed, the direct one first.
    pub way: Vec<String>,
}

/// Everything that is looked up.
#[derive(Debug, Default)]
pub struct Subjects {
    /// One for each place.
    pub all: Vec<Subject>,
}

impl Subjects {
    /// Reads lockfiles and workflows. What could not be read is not verified.
    pub fn of(context: &Context<'_>, record: &mut Record) -> Subjects {
        let Packages { packages, unread, passed_over, .. } = packages::packages(context.checkout);
        unread.into_iter().for_each(|(path, why)| record.not_verified(format!("{path}: {why}")));
        passed_over.into_iter().for_each(|why| record.not_examined(why));
        let mut all: Vec<Subject> = packages
            .into_iter()
            .map(|package| Subject {
                ecosystem: package.ecosystem,
                name: normal_name(package.ecosystem, &package.name).into_owned(),
                version: package.version.clone(),
                location: package.location(),
                way: package.way,
            })
            .collect();
        all.extend(actions::of(context.checkout, record));
        Subjects { all }
    }

    /// The names by ecosystem.
    pub fn wanted(&self) -> Wanted {
        let mut wanted: Wanted = HashMap::new();
        for subject in &self.all {
            let names: &mut HashSet<String> = wanted.entry(subject.ecosystem.to_owned()).or_default();
            names.insert(subject.name.clone());
        }
        wanted
    }
}
