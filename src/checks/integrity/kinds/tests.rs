use super::kind::{Contexts, Kind};
use crate::workflow::expression::parse;

fn kind(text: &str) -> Kind {
    let own = vec![
        ("env", Kind::map_of(Kind::Text)),
        ("matrix", Kind::map([("list", Kind::List(Box::new(Kind::Number))), ("any", Kind::Any)], Kind::Any)),
    ];
    Contexts { own, shared: &[] }.kind(&parse(text).unwrap()).into_owned()
}

#[test]
fn kinds_of_expressions() {
    for (text, expected) in [
        ("env.A", Kind::Text),
        ("matrix.list[0]", Kind::Number),
        ("matrix.list[0] == 1", Kind::Bool),
        ("!env.A", Kind::Bool),
        ("env.A || 'x'", Kind::Text),
        ("env.A || 1", Kind::Any),
        ("matrix.any.x.y", Kind::Any),
        ("fromJSON('[1, 2]')", Kind::List(Box::new(Kind::Number))),
        ("fromJSON('{\"a\": true}').A", Kind::Bool),
        ("fromJSON(env.A)", Kind::Any),
        ("toJSON(env)", Kind::Text),
        ("other.x", Kind::Any),
    ] {
        assert_eq!(kind(text), expected, "{text}");
    }
}

#[test]
fn what_may_be_two_kinds_is_either() {
    let object = |name: &str| Kind::map([(name, Kind::Text)], Kind::Any);
    assert_eq!(Kind::Text.or(Kind::Number), Kind::Any);
    assert_eq!(object("a").or(object("a")), object("a"));
    let Kind::Map(both) = object("a").or(object("b")) else { panic!("an object") };
    assert_eq!(both.properties.len(), 2);
    assert_eq!(both.others.as_deref(), Some(&Kind::Any));
}
