//! A kubeconfig: that it can be read, and that its current context leads to a cluster and a user.

use std::path::Path;

use data_encoding::{BASE64, BASE64_MIME};

use super::certificate;
use super::problem::Problem;
use super::rules::{EXPIRED, LOCAL_ADDRESS, WRONG_FORMAT};
use super::url::Url;
use crate::credentials::secret::Secret;
use crate::rule::Severity;
use crate::tree::{Node, Syntax, Tree};

/// Aliases may repeat things; nobody repeats this much in a kubeconfig.
const MAX_NODES: u64 = 100_000;

/// The text of a kubeconfig that is written as it is or in base64. `None` for anything else.
pub fn text(value: &str) -> Option<Secret> {
    let looks = |text: &str| text.contains("clusters") && text.contains("contexts");
    if looks(value) {
        return Some(Secret::of(value));
    }
    let bytes = value.trim().as_bytes();
    let decoded = BASE64.decode(bytes).or_else(|_| BASE64_MIME.decode(bytes)).ok()?;
    Secret::from_bytes(decoded).filter(|text| looks(text.text()))
}

/// Everything that is wrong with it. `production` says whether an address of the machine itself is wrong; `now` in
/// seconds since 1970.
pub fn problems(value: &str, production: bool, now: f64) -> Vec<Problem> {
    let wrong = |what: &str, help: &str| vec![Problem::new(&WRONG_FORMAT, what, help)];
    let Some(text) = text(value) else {
        return wrong(
            "is no kubeconfig: it names no `clusters` and `contexts`",
            "store what `kubectl config view --raw --minify --flatten` prints, as it is or in base64",
        );
    };
    let tree = Tree::parse(text.text().into(), Syntax::Yaml);
    let root =
        tree.root().filter(|root| root.is_map() && tree.is_clean() && tree.expanded_nodes <= MAX_NODES);
    let Some(root) = root else {
        return wrong(
            "is no kubeconfig: it cannot be read as YAML",
            "store what `kubectl config view --raw --minify --flatten` prints; a secret keeps its line breaks",
        );
    };
    let mut problems = references(root);
    if problems.is_empty() {
        problems.extend(files(root));
        problems.extend(expired(root, now));
        if production && servers(root).any(|server| Url::parse(server).is_ok_and(|url| url.is_local())) {
            problems.push(Problem::new(
                &LOCAL_ADDRESS,
                "is a kubeconfig whose cluster is the machine itself",
                "take the kubeconfig of the cluster that is deployed to",
            ));
        }
    }
    problems
}

/// The current context, its cluster and its user must exist.
fn references(root: Node<'_>) -> Vec<Problem> {
    let help = "store what `kubectl config view --raw --minify --flatten` prints after `kubectl config use-context NAME`";
    let wrong = |what: &str| vec![Problem::new(&WRONG_FORMAT, what, help)];
    for list in ["clusters", "contexts", "users"] {
        if root.get(list).is_none_or(|list| list.items().len() == 0) {
            return wrong(&format!("is a kubeconfig without `{list}`"));
        }
    }
    let current = root.get("current-context").and_then(|name| name.text()).unwrap_or_default();
    if current.is_empty() {
        return wrong("is a kubeconfig without `current-context`");
    }
    let Some(context) = named(root, "contexts", current).and_then(|entry| entry.get("context")) else {
        return wrong("is a kubeconfig whose `current-context` is none of its `contexts`");
    };
    for (key, list) in [("cluster", "clusters"), ("user", "users")] {
        let name = context.get(key).and_then(|name| name.text()).unwrap_or_default();
        if named(root, list, name).is_none() {
            return wrong(&format!(
                "is a kubeconfig whose current context names a `{key}` that is none of its `{list}`"
            ));
        }
    }
    Vec::new()
}

/// Files that the kubeconfig names lie on the machine where it was made.
fn files(root: Node<'_>) -> Option<Problem> {
    let keys = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];
    let inner =
        ["clusters", "users"].into_iter().filter_map(|list| root.get(list)).flat_map(|list| list.items());
    let bodies = inner.filter_map(|entry| entry.get("cluster").or(entry.get("user")));
    let named = bodies.flat_map(|body| keys.iter().filter_map(move |key| body.get(key)?.text()));
    let missing = named.filter(|path| !path.is_empty()).any(|path| !Path::new(path).exists());
    missing.then(|| {
        let what = "is a kubeconfig that names files which do not exist here";
        Problem::new(&WRONG_FORMAT, what, "`kubectl config view --raw --minify --flatten` puts them into it")
            .severity(Severity::Warning)
    })
}

/// The client certificate of the current context, which servers refuse once it is over.
fn expired(root: Node<'_>, now: f64) -> Option<Problem> {
    let current = root.get("current-context")?.text()?;
    let user = named(root, "contexts", current)?.at(&["context", "user"])?.text()?;
    let packed = named(root, "users", user)?.at(&["user", "client-certificate-data"])?.text()?;
    let pem = BASE64.decode(packed.trim().as_bytes()).ok()?;
    let end = certificate::expires(&String::from_utf8_lossy(&pem))?;
    certificate::is_over(end, now).then(|| {
        let what = format!("is a kubeconfig whose client certificate ended on {}", certificate::day(end));
        Problem::new(&EXPIRED, what, "renew the certificate of the user, and store the new kubeconfig")
    })
}

fn servers(root: Node<'_>) -> impl Iterator<Item = &str> {
    let clusters = root.get("clusters").into_iter().flat_map(|list| list.items());
    clusters.filter_map(|entry| entry.at(&["cluster", "server"])?.text())
}

fn named<'t>(root: Node<'t>, list: &str, name: &str) -> Option<Node<'t>> {
    root.get(list)?.items().find(|entry| entry.get("name").and_then(|node| node.text()) == Some(name))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A kubeconfig that leads somewhere.
    pub const GOOD: &str = "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {server: 'https://k8s.example:6443'}\n\
        contexts:\n- name: x\n  context: {cluster: c, user: u}\ncurrent-context: x\nusers:\n- name: u\n  user: {token: not-a-token}\n";

    fn found(text: &str) -> Vec<String> {
        problems(text, true, 1.8e9).into_iter().map(|problem| problem.what).collect()
    }

    fn with_certificate(end: &str) -> String {
        let packed = BASE64.encode(certificate::tests::pem(end).as_bytes());
        GOOD.replace("token: not-a-token", &format!("client-certificate-data: {packed}"))
    }

    #[test]
    fn a_good_one_passes_as_text_json_and_base64() {
        assert_eq!(found(GOOD), [""; 0]);
        assert_eq!(found(&with_certificate("400101000000Z")), [""; 0]);
        assert_eq!(found(&BASE64.encode(GOOD.as_bytes())), [""; 0]);
        assert_eq!(found(&BASE64_MIME.encode(GOOD.as_bytes())), [""; 0]);
        let tree = Tree::parse(GOOD.into(), Syntax::Yaml);
        assert_eq!(found(&tree.root().unwrap().to_json().to_string()), [""; 0]);
    }

    #[test]
    fn each_fault_is_named() {
        let cases = [
            (GOOD.replace("current-context: x\n", ""), "without `current-context`"),
            (GOOD.replace("current-context: x", "current-context: y"), "none of its `contexts`"),
            (GOOD.replace("cluster: c,", "cluster: d,"), "`cluster` that is none of its `clusters`"),
            (GOOD.replace("user: u}", "user: v}"), "`user` that is none of its `users`"),
            (GOOD.replace("users:\n- name: u\n  user: {token: not-a-token}\n", ""), "without `users`"),
            (GOOD.replace("token: not-a-token", "client-key: /no/such/file"), "files which do not exist"),
            (GOOD.replace("k8s.example", "127.0.0.1"), "the machine itself"),
            (GOOD.replace('\n', " "), "cannot be read as YAML"),
            (with_certificate("200101000000Z"), "client certificate ended on 2020-01-01"),
            ("nothing".to_owned(), "is no kubeconfig"),
            ("/etc/deploy/kubeconfig".to_owned(), "is no kubeconfig"),
        ];
        for (text, expected) in cases {
            let found = found(&text);
            assert!(found.len() == 1 && found[0].contains(expected), "{expected}: {found:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_read(text in "(?s)(clusters:|contexts:|users:|current-context: x|\n|- |name: |[&*]a |\\PC){0,40}") {
            let _ = problems(&text, true, 1.8e9);
            let _ = problems(&format!("{text} clusters contexts"), false, 1.8e9);
        }
    }
}
