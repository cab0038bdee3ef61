//! The arguments of a statement of Ruby, as far as they are literals.

use super::ruby::Token;

/// True if the statement opens a block that a later `end` closes.
pub fn opens_block(tokens: &[Token]) -> bool {
    let after = match tokens {
        [.., Token::Sign('|')] => {
            let bars: Vec<usize> = tokens
                .iter()
                .enumerate()
                .filter(|(_, token)| **token == Token::Sign('|'))
                .map(|(at, _)| at)
                .collect();
            let Some(open) = bars.len().checked_sub(2).map(|at| bars[at]) else { return false };
            &tokens[..open]
        }
        tokens => tokens,
    };
    after.last().is_some_and(|last| last.is("do"))
        || (is_assignment(tokens)
            && matches!(tokens.get(2), Some(token) if token.is("if") || token.is("case") || token.is("begin")))
}

/// True for `name = …`.
pub fn is_assignment(tokens: &[Token]) -> bool {
    matches!(tokens, [Token::Word(_), Token::Sign('='), second, ..] if *second != Token::Sign('=') && *second != Token::Sign('>'))
}

/// All strings.
pub fn strings(tokens: &[Token]) -> impl Iterator<Item = String> + '_ {
    tokens.iter().filter_map(|token| match token {
        Token::Text(text) => text.clone(),
        _ => None,
    })
}

/// The text of what is one string and nothing else.
pub fn text_of(tokens: Option<&[Token]>) -> Option<String> {
    match tokens {
        Some([Token::Text(text)]) => text.clone(),
        _ => None,
    }
}

/// The positional arguments, and the options with their values; nothing where only Ruby knows a value.
#[expect(clippy::type_complexity, reason = "two lists of one statement")]
pub fn arguments(tokens: &[Token]) -> (Vec<Vec<Token>>, Vec<(String, Option<String>)>) {
    let tokens = match tokens {
        [Token::Sign('('), inner @ .., Token::Sign(')')] => inner,
        tokens => tokens,
    };
    let (mut positional, mut options) = (Vec::new(), Vec::new());
    let mut depth = 0_usize;
    for part in tokens.split(|token| {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *token == Token::Sign(',')
    }) {
        match part {
            [] => {}
            [Token::Label(name), value @ ..] => options.push((name.clone(), text_of(Some(value)))),
            [
                Token::Symbol(name) | Token::Text(Some(name)),
                Token::Sign('='),
                Token::Sign('>'),
                value @ ..,
            ] => {
                options.push((name.clone(), text_of(Some(value))));
            }
            part => positional.push(part.to_vec()),
        }
    }
    (positional, options)
}

/// The conditions that arguments write; nothing if only Ruby knows them.
pub fn conditions(arguments: &[Vec<Token>]) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for argument in arguments {
        match argument.as_slice() {
            [Token::Text(Some(text))] => all.push(text.clone()),
            [Token::Sign('['), inner @ .., Token::Sign(']')] => {
                for token in inner {
                    match token {
                        Token::Text(Some(text)) => all.push(text.clone()),
                        Token::Sign(',') => {}
                        _ => return None,
                    }
                }
            }
            _ => return None,
        }
    }
    Some(all)
}

/// `object.method("text")`: the method and the text.
pub fn called<'t>(object: &str, tokens: &'t [Token]) -> Option<(&'t str, &'t str)> {
    match tokens {
        [
            Token::Word(word),
            Token::Sign('.'),
            Token::Word(method),
            Token::Sign('('),
            Token::Text(Some(text)),
            Token::Sign(')'),
        ] if word == object => Some((method, text)),
        _ => None,
    }
}
