//! Workflows and actions as GitHub runs them: triggers, jobs, steps. Lenient: what is misshapen is left out here
//! and reported by the shape.

use crate::tree::Node;

/// A workflow.
#[derive(Clone, Debug)]
pub struct Workflow<'t> {
    /// The whole file.
    pub root: Node<'t>,
    /// What starts it.
    pub triggers: Vec<Trigger<'t>>,
    /// Its jobs in the order of writing.
    pub jobs: Vec<Job<'t>>,
}

/// An event that starts a workflow.
#[derive(Clone, Copy, Debug)]
pub struct Trigger<'t> {
    /// Name of the event.
    pub name: &'t str,
    /// Where it is named.
    pub node: Node<'t>,
    /// Its types and filters.
    pub filters: Option<Node<'t>>,
}

/// A job.
#[derive(Clone, Debug)]
pub struct Job<'t> {
    /// Its id.
    pub id: &'t str,
    /// Where the id is written.
    pub key: Node<'t>,
    /// Its mapping.
    pub node: Node<'t>,
    /// Ids of the jobs that it waits for.
    pub needs: Vec<Node<'t>>,
    /// Its steps, those inside `parallel` included.
    pub steps: Vec<Step<'t>>,
    uses: Option<Node<'t>>,
}

/// A step of a job or a composite action.
#[derive(Clone, Copy, Debug)]
pub struct Step<'t> {
    /// Its mapping.
    pub node: Node<'t>,
    // What nearly every rule asks for is looked up once.
    uses: Option<Node<'t>>,
    slug: Option<&'t str>,
    run: Option<Node<'t>>,
    with: Option<Node<'t>>,
}

impl<'t> Workflow<'t> {
    /// Reads a workflow from its root.
    pub fn of(root: Node<'t>) -> Workflow<'t> {
        let jobs = root.get("jobs").into_iter().flat_map(|jobs| jobs.entries());
        Workflow {
            root,
            triggers: root.get("on").map(triggers).unwrap_or_default(),
            jobs: jobs.filter_map(|(key, node)| Job::of(key, node)).collect(),
        }
    }

    /// The trigger of this name.
    pub fn trigger(&self, name: &str) -> Option<&Trigger<'t>> {
        self.triggers.iter().find(|trigger| trigger.name == name)
    }

    /// True if one of these events starts it.
    pub fn is_started_by(&self, names: &[&str]) -> bool {
        self.triggers.iter().any(|trigger| names.contains(&trigger.name))
    }
}

fn triggers(on: Node<'_>) -> Vec<Trigger<'_>> {
    if let Some(name) = on.text().filter(|name| !name.is_empty()) {
        return vec![Trigger { name, node: on, filters: None }];
    }
    let listed = on.items().filter_map(|node| Some(Trigger { name: node.text()?, node, filters: None }));
    let mapped = on.entries().filter_map(|(key, value)| {
        let filters = (!value.is_null()).then_some(value);
        Some(Trigger { name: key.text()?, node: key, filters })
    });
    listed.chain(mapped).collect()
}

impl<'t> Job<'t> {
    fn of(key: Node<'t>, node: Node<'t>) -> Option<Job<'t>> {
        let needs = node.get("needs").map_or_else(Vec::new, |needs| {
            if needs.is_seq() { needs.items().collect() } else { vec![needs] }
        });
        Some(Job {
            id: key.text()?,
            key,
            node,
            needs,
            steps: node.get("steps").map(steps).unwrap_or_default(),
            uses: node.get("uses"),
        })
    }

    /// The workflow that it calls.
    pub fn uses(&self) -> Option<Node<'t>> {
        self.uses
    }
}

/// The steps of a list, those inside `parallel` in their place.
pub fn steps(list: Node<'_>) -> Vec<Step<'_>> {
    /// Nobody nests deeper, and GitHub forbids it.
    fn collect<'t>(list: Node<'t>, depth: usize, steps: &mut Vec<Step<'t>>) {
        for node in list.items() {
            match node.get("parallel").filter(|_| depth < 5) {
                Some(inner) => collect(inner, depth + 1, steps),
                None => steps.push(Step::of(node)),
            }
        }
    }
    let mut found = Vec::with_capacity(list.items().len());
    collect(list, 0, &mut found);
    found
}

impl<'t> Step<'t> {
    /// The step of a mapping.
    pub fn of(node: Node<'t>) -> Step<'t> {
        let uses = node.get("uses");
        let slug =
            uses.and_then(|uses| uses.text()).map(|uses| uses.split_once('@').map_or(uses, |(slug, _)| slug));
        Step { node, uses, slug, run: node.get("run"), with: node.get("with") }
    }

    /// The action that it uses.
    pub fn uses(&self) -> Option<Node<'t>> {
        self.uses
    }

    /// The script that it runs.
    pub fn run(&self) -> Option<Node<'t>> {
        self.run
    }

    /// The inputs of the action.
    pub fn with(&self) -> Option<Node<'t>> {
        self.with
    }

    /// An input of the action; names do not depend on case.
    pub fn input(&self, name: &str) -> Option<Node<'t>> {
        self.with?
            .entries()
            .find(|(key, _)| key.text().is_some_and(|key| key.eq_ignore_ascii_case(name)))
            .map(|(_, v)| v)
    }

    /// The action that it uses, without version, as it is written.
    pub fn slug(&self) -> Option<&'t str> {
        self.slug
    }

    /// The action that it uses, without version, in lower case: `owner/name` or `owner/name/path`.
    pub fn action(&self) -> Option<String> {
        let (action, _) = self.uses?.text()?.split_once('@')?;
        Some(action.to_lowercase())
    }

    /// True if it uses the action `owner/name`, at whatever version.
    pub fn is_action(&self, slug: &str) -> bool {
        self.is_one_of(&[slug])
    }

    /// True if it uses one of these actions, at whatever version.
    pub fn is_one_of(&self, slugs: &[&str]) -> bool {
        self.slug.is_some_and(|own| slugs.iter().any(|slug| own.eq_ignore_ascii_case(slug)))
    }
}
