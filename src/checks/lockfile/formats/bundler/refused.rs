//! What of a Gemfile bundler refuses before it looks at the lockfile.

use super::arguments::arguments;
use super::ruby::Token;

/// Options of `gem`, of all versions of bundler.
const OPTIONS: [&str; 22] = [
    "group",
    "groups",
    "git",
    "path",
    "glob",
    "name",
    "branch",
    "ref",
    "tag",
    "require",
    "submodules",
    "platform",
    "platforms",
    "type",
    "source",
    "install_if",
    "gemfile",
    "force_ruby_platform",
    "github",
    "gist",
    "bitbucket",
    "gitlab",
];

/// Options that name a repository.
const REPOSITORIES: [&str; 5] = ["git", "github", "gist", "bitbucket", "gitlab"];

/// What `platforms` may name, without the version of Ruby behind it.
const PLATFORMS: [&str; 11] = [
    "ruby",
    "mri",
    "rbx",
    "maglev",
    "truffleruby",
    "jruby",
    "mswin",
    "mswin64",
    "mingw",
    "x64_mingw",
    "windows",
];

/// Why bundler refuses the options behind `gem "name"`. `own` are the repositories that `git_source` has named;
/// nothing if only Ruby knows them.
pub fn options(name: &str, tokens: &[Token], own: Option<&[String]>) -> Option<String> {
    let (_, options) = arguments(tokens);
    let own = own?;
    let is_own = |key: &str| own.iter().any(|name| name == key);
    let unknown = options.iter().find(|(key, _)| !OPTIONS.contains(&key.as_str()) && !is_own(key));
    if let Some((key, _)) = unknown {
        return Some(format!("`{key}` is no option of `gem \"{name}\"` that bundler knows"));
    }
    let is_repository = |key: &str| REPOSITORIES.contains(&key) || is_own(key);
    let has_branch = options.iter().any(|(key, value)| key == "branch" && value.is_some());
    if has_branch && !options.iter().any(|(key, _)| is_repository(key)) {
        return Some(format!("`{name}` has a branch and no repository that it could be of"));
    }
    let platform = platforms(tokens).find(|platform| !is_platform(platform))?;
    Some(format!("`{platform}` is no platform that bundler knows"))
}

/// Why bundler refuses what stands behind `group`.
pub fn group(tokens: &[Token]) -> Option<String> {
    let end = tokens.iter().position(|token| token.is("do")).unwrap_or(tokens.len());
    let (_, options) = arguments(&tokens[..end]);
    let (key, _) = options.into_iter().find(|(key, _)| key != "optional")?;
    Some(format!("`{key}` is no option of `group` that bundler knows"))
}

/// The platforms that an option names as symbols.
fn platforms(tokens: &[Token]) -> impl Iterator<Item = &str> {
    let is_option = |token: &Token| matches!(token, Token::Label(key) if key.starts_with("platform"));
    let start = tokens.iter().position(is_option).map_or(tokens.len(), |at| at + 1);
    let goes_on = |token: &&Token| matches!(token, Token::Symbol(_) | Token::Sign('[' | ',' | ']'));
    let values = tokens[start..].iter().take_while(goes_on);
    values.filter_map(|token| match token {
        Token::Symbol(name) => Some(name.as_str()),
        _ => None,
    })
}

fn is_platform(name: &str) -> bool {
    let is_version = |text: &str| text.len() >= 2 && text.bytes().all(|b| b.is_ascii_digit());
    let bare =
        name.rsplit_once('_').filter(|(_, version)| is_version(version)).map_or(name, |(bare, _)| bare);
    PLATFORMS.contains(&bare)
}
