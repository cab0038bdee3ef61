//! Contexts and functions: what there is, and which of them a place allows.
//!
//! Source: the `context` lists of `workflow-v1.0.json` and `action-v1.0.json` in actions/languageservices, and
//! `ExpressionConstants.cs` in actions/runner, as of 2026-08.

/// A set of contexts and functions that a place allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed(u32);

impl Allowed {
    /// Nothing: expressions are not allowed at all.
    pub const NONE: Allowed = Allowed(0);

    const fn with(self, other: Allowed) -> Allowed {
        Allowed(self.0 | other.0)
    }

    const fn without(self, other: Allowed) -> Allowed {
        Allowed(self.0 & !other.0)
    }

    /// True if no expression may stand here.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True if the context may be used here.
    pub fn context(self, name: &str) -> bool {
        CONTEXTS.iter().any(|(context, bit)| context.eq_ignore_ascii_case(name) && self.0 & bit.0 != 0)
    }

    /// True if the function may be called here.
    pub fn function(self, name: &str) -> bool {
        match function(name) {
            Some(Function { only: Some(bit), .. }) => self.0 & bit.0 != 0,
            Some(_) => true,
            None => false,
        }
    }

    /// The contexts, for messages.
    pub fn names(self) -> Vec<&'static str> {
        CONTEXTS.iter().filter(|(_, bit)| self.0 & bit.0 != 0).map(|(name, _)| *name).collect()
    }
}

macro_rules! bits {
    ($($name:ident = $bit:expr;)*) => { $(const $name: Allowed = Allowed(1 << $bit);)* };
}

bits! {
    GITHUB = 0; INPUTS = 1; VARS = 2; NEEDS = 3; STRATEGY = 4; MATRIX = 5; SECRETS = 6; STEPS = 7; JOB = 8;
    RUNNER = 9; ENV = 10; JOBS = 11; HASH_FILES = 12; STATUS = 13; STATUS_OF_NEEDS = 14;
}

/// All contexts.
const CONTEXTS: [(&str, Allowed); 12] = [
    ("github", GITHUB),
    ("inputs", INPUTS),
    ("vars", VARS),
    ("needs", NEEDS),
    ("strategy", STRATEGY),
    ("matrix", MATRIX),
    ("secrets", SECRETS),
    ("steps", STEPS),
    ("job", JOB),
    ("runner", RUNNER),
    ("env", ENV),
    ("jobs", JOBS),
];

/// `run-name`, `concurrency` of a workflow.
pub const WORKFLOW: Allowed = GITHUB.with(INPUTS).with(VARS);
/// `env` of a workflow.
pub const WORKFLOW_ENV: Allowed = WORKFLOW.with(SECRETS);
/// Outputs of a reusable workflow.
pub const WORKFLOW_OUTPUT: Allowed = WORKFLOW.with(JOBS);
/// `strategy` of a job.
pub const NEEDED: Allowed = WORKFLOW.with(NEEDS);
/// `if` of a job.
pub const JOB_IF: Allowed = NEEDED.with(STATUS).with(STATUS_OF_NEEDS);
/// Most keys of a job.
pub const JOB_KEY: Allowed = NEEDED.with(STRATEGY).with(MATRIX);
/// `env` of a job, `secrets` of a call.
pub const JOB_ENV: Allowed = JOB_KEY.with(SECRETS);
/// `defaults.run` of a job.
pub const JOB_DEFAULTS: Allowed = JOB_KEY.with(ENV);
/// `outputs` of a job, `env` of a container.
pub const JOB_OUTPUT: Allowed = JOB_ENV.with(STEPS).with(JOB).with(RUNNER).with(ENV);
/// `url` of an environment.
pub const ENVIRONMENT_URL: Allowed = JOB_OUTPUT.without(SECRETS);
/// Most keys of a step.
pub const STEP: Allowed = JOB_OUTPUT.with(HASH_FILES);
/// `if` of a step.
pub const STEP_IF: Allowed = STEP.without(SECRETS).with(STATUS);
/// Credentials of a container.
pub const CREDENTIALS: Allowed = WORKFLOW.with(SECRETS).with(ENV);
/// Default of an action's input.
pub const ACTION_INPUT: Allowed = GITHUB.with(STRATEGY).with(MATRIX).with(JOB).with(RUNNER).with(HASH_FILES);
/// Value of a composite action's output.
pub const ACTION_OUTPUT: Allowed =
    GITHUB.with(STRATEGY).with(MATRIX).with(STEPS).with(INPUTS).with(JOB).with(RUNNER).with(ENV);
/// Keys of a composite action's step.
pub const ACTION_STEP: Allowed = ACTION_OUTPUT.with(HASH_FILES);
/// `if` of a composite action's step.
pub const ACTION_STEP_IF: Allowed = ACTION_STEP.with(STATUS);
/// `pre-if` and `post-if` of an action.
pub const ACTION_RUNS_IF: Allowed = RUNNER
    .with(GITHUB)
    .with(JOB)
    .with(STRATEGY)
    .with(MATRIX)
    .with(ENV)
    .with(INPUTS)
    .with(STATUS)
    .with(HASH_FILES);
/// Arguments and variables of a container action.
pub const ACTION_CONTAINER: Allowed = INPUTS;

/// A built-in function.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its name; case does not matter.
    pub name: &'static str,
    /// Fewest arguments.
    pub min: usize,
    /// Most arguments.
    pub max: usize,
    only: Option<Allowed>,
}

const fn everywhere(name: &'static str, min: usize, max: usize) -> Function {
    Function { name, min, max, only: None }
}

const fn only(name: &'static str, min: usize, max: usize, bit: Allowed) -> Function {
    Function { name, min, max, only: Some(bit) }
}

/// All functions.
pub const FUNCTIONS: [Function; 13] = [
    everywhere("case", 3, 255),
    everywhere("contains", 2, 2),
    everywhere("endsWith", 2, 2),
    everywhere("format", 1, 255),
    everywhere("fromJSON", 1, 1),
    everywhere("join", 1, 2),
    everywhere("startsWith", 2, 2),
    everywhere("toJSON", 1, 1),
    only("hashFiles", 1, 255, HASH_FILES),
    only("always", 0, 0, STATUS),
    only("cancelled", 0, 0, STATUS),
    only("failure", 0, 255, STATUS),
    only("success", 0, 255, STATUS),
];

/// True if there is a context of this name somewhere.
pub fn is_context(name: &str) -> bool {
    CONTEXTS.iter().any(|(context, _)| context.eq_ignore_ascii_case(name))
}

/// The function of this name.
pub fn function(name: &str) -> Option<Function> {
    FUNCTIONS.iter().copied().find(|function| function.name.eq_ignore_ascii_case(name))
}

impl Allowed {
    /// The most arguments that a status function takes here: those of a job's `if` may name jobs.
    pub fn most_arguments(self, function: &Function) -> usize {
        let of_needs = self.0 & STATUS_OF_NEEDS.0 != 0;
        match function.name {
            "success" | "failure" if !of_needs => 0,
            _ => function.max,
        }
    }
}
