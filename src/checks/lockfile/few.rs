//! Lists of mostly one item, which then needs no memory of its own: lockfiles have thousands of them.

use std::ops::{Deref, DerefMut};

/// A list of mostly one item.
#[derive(Clone, Debug)]
pub enum Few<T> {
    /// Exactly one.
    One(T),
    /// Any number, and mostly none.
    Many(Vec<T>),
}

impl<T> Few<T> {
    /// No item.
    pub const fn none() -> Few<T> {
        Few::Many(Vec::new())
    }

    /// Adds an item behind the others.
    pub fn push(&mut self, item: T) {
        let many = match std::mem::take(self) {
            Few::Many(list) if list.is_empty() => return *self = Few::One(item),
            Few::Many(mut list) => {
                list.push(item);
                list
            }
            Few::One(first) => vec![first, item],
        };
        *self = Few::Many(many);
    }
}

impl<T> Default for Few<T> {
    fn default() -> Few<T> {
        Few::none()
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Few::One(item) => std::slice::from_ref(item),
            Few::Many(list) => list,
        }
    }
}

impl<T> DerefMut for Few<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Few::One(item) => std::slice::from_mut(item),
            Few::Many(list) => list,
        }
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(mut list: Vec<T>) -> Few<T> {
        match (list.len(), list.pop()) {
            (1, Some(only)) => Few::One(only),
            (_, last) => {
                list.extend(last);
                Few::Many(list)
            }
        }
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Few<T> {
        let mut few = Few::none();
        items.into_iter().for_each(|item| few.push(item));
        few
    }
}

impl<'f, T> IntoIterator for &'f Few<T> {
    type Item = &'f T;
    type IntoIter = std::slice::Iter<'f, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn it_is_a_list() {
        let mut few = Few::none();
        for length in 0..4 {
            assert_eq!(*few, *(0..length).collect::<Vec<i32>>());
            assert_eq!(*Few::from(few.to_vec()), *few);
            assert_eq!(few.into_iter().count(), few.len());
            assert_eq!(matches!(few, Few::One(_)), length == 1);
            few.push(length);
        }
        assert_eq!(*(0..3).collect::<Few<i32>>(), [0, 1, 2]);
    }
}
