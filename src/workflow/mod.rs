//! The model of GitHub's workflows, with positions: expressions, shapes of the files, triggers, jobs, steps.

pub mod condition;
pub mod contexts;
pub mod cron;
pub mod expression;
pub mod glob;
pub mod model;
pub mod permissions;
pub mod reference;
pub mod scalar_text;
pub mod shape;
pub mod shell_words;
