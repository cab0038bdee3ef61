//! A text that several share.

use std::ops::Deref;
use std::sync::Arc;

/// A text that a tree and others share. It is not copied when it is made of a [`String`], as it would be for an
/// `Arc<str>`: a file is read into the very memory that its tree speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(Arc<String>);

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text(Arc::new(text))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::from(text.to_owned())
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}
