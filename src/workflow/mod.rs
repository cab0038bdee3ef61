//! The model of GitHub's workflows, with positions: expressions, shapes of the files, triggers, jobs, steps.

pub mod condition;
pub mod contexts;
pub mod cron;
pub mod event;
pub mod expression;
pub mod glob;
pub mod library;
pub mod model;
pub mod names;
pub mod permissions;
pub mod reference;
pub mod scalar_text;
pub mod shape;
pub mod shell;
pub mod shell_syntax;
pub mod shell_words;
pub mod wrappers;
