//! Commits and trees of all packs at once, to walk through them without reading any twice.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Mutex;

use ci_guard_scan::Piece;
use gix::ObjectId;
use gix::object::Kind;
use gix::objs::{CommitRefIter, TreeRefIter};

use super::{Families, Packs, Visit};
use crate::checkout::Git;
use crate::checkout::arrivals::{Arrival, Arrivals, Message, Worth, message_of};

/// Commits and trees that have more bytes are damaged, or made to do damage.
const LIMIT: u64 = 64 << 20;

/// Folders inside one another that are followed.
const MAX_DEPTH: usize = 256;

/// Marks names of folders.
const FOLDER: u32 = 1 << 31;

/// Commits and trees by number. Objects that are in no pack have numbers behind those of the packs.
pub(in crate::checkout) struct Graph<'r> {
    repository: &'r gix::Repository,
    others: Others<'r>,
    worth: Worth<'r>,
    commits: HashMap<u32, Commit>,
    /// Messages of commits that are worth keeping.
    messages: HashMap<u32, Box<[u8]>>,
    /// Where the entries of each tree are.
    trees: Vec<Option<Entries>>,
    parts: Vec<Part>,
}

/// Entries of a tree: part, start and length.
type Entries = (u32, u32, u32);

struct Commit {
    tree: u32,
    parents: Box<[u32]>,
    /// Seconds since 1970, by the committer's clock.
    time: i64,
}

/// Entries of trees that one thread has read.
#[derive(Default)]
struct Part {
    names: Vec<Box<[u8]>>,
    /// Name and object.
    entries: Vec<(u32, u32)>,
}

/// Objects that are in no pack.
struct Others<'r> {
    packs: &'r Packs,
    numbers: Mutex<(HashMap<ObjectId, u32>, Vec<ObjectId>)>,
}

impl Others<'_> {
    fn number(&self, id: &gix::oid) -> u32 {
        self.packs.number(id).unwrap_or_else(|| {
            let mut numbers = self.numbers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let (known, ids) = &mut *numbers;
            *known.entry(id.to_owned()).or_insert_with(|| {
                ids.push(id.to_owned());
                self.packs.len() + (ids.len() - 1) as u32
            })
        })
    }

    fn id(&self, number: u32) -> Option<ObjectId> {
        self.packs.id(number).or_else(|| {
            let numbers = self.numbers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            numbers.1.get((number - self.packs.len()) as usize).copied()
        })
    }
}

/// Reads commits and trees, in one thread.
struct Reader<'o, 'r> {
    others: &'o Others<'r>,
    worth: Worth<'o>,
    commits: Vec<(u32, Commit)>,
    messages: Vec<(u32, Box<[u8]>)>,
    trees: Vec<(u32, u32, u32)>,
    part: Part,
    known: HashMap<Box<[u8]>, u32>,
    /// Trees name the same objects again and again.
    numbers: gix::hashtable::HashMap<ObjectId, u32>,
}

impl<'o, 'r> Reader<'o, 'r> {
    fn new(others: &'o Others<'r>, worth: Worth<'o>) -> Reader<'o, 'r> {
        Reader {
            others,
            worth,
            commits: Vec::new(),
            messages: Vec::new(),
            trees: Vec::new(),
            part: Part::default(),
            known: HashMap::new(),
            numbers: gix::hashtable::HashMap::default(),
        }
    }

    fn number(&mut self, id: &gix::oid) -> u32 {
        match self.numbers.get(id) {
            Some(number) => *number,
            None => {
                let number = self.others.number(id);
                self.numbers.insert(id.to_owned(), number);
                number
            }
        }
    }

    fn commit(&mut self, number: u32, bytes: &[u8]) -> Option<()> {
        let hash = self.others.packs.hash();
        let mut parts = CommitRefIter::from_bytes(bytes, hash);
        let tree = self.others.number(&parts.tree_id().ok()?);
        let parents = CommitRefIter::from_bytes(bytes, hash).parent_ids().map(|id| self.others.number(&id));
        let time = CommitRefIter::from_bytes(bytes, hash).committer().ok()?.seconds();
        let message = message_of(bytes);
        if (self.worth)(message) {
            self.messages.push((number, message.into()));
        }
        self.commits.push((number, Commit { tree, parents: parents.collect(), time }));
        Some(())
    }

    fn tree(&mut self, number: u32, bytes: &[u8]) -> Option<()> {
        let start = self.part.entries.len() as u32;
        for entry in TreeRefIter::from_bytes(bytes, self.others.packs.hash()) {
            let entry = entry.ok()?;
            if !entry.mode.is_tree() && !entry.mode.is_blob() {
                continue;
            }
            let name = match self.known.get(&**entry.filename) {
                Some(name) => *name,
                None => {
                    let name = self.part.names.len() as u32;
                    self.part.names.push((**entry.filename).into());
                    self.known.insert((**entry.filename).into(), name);
                    name
                }
            };
            let folder = if entry.mode.is_tree() { FOLDER } else { 0 };
            let number = self.number(entry.oid);
            self.part.entries.push((name | folder, number));
        }
        self.trees.push((number, start, self.part.entries.len() as u32 - start));
        Some(())
    }
}

/// What a reader came to.
struct Read {
    commits: Vec<(u32, Commit)>,
    messages: Vec<(u32, Box<[u8]>)>,
    trees: Vec<(u32, u32, u32)>,
    part: Part,
}

impl Reader<'_, '_> {
    fn done(self) -> Read {
        Read { commits: self.commits, messages: self.messages, trees: self.trees, part: self.part }
    }
}

impl Visit for Reader<'_, '_> {
    type State = ();

    fn object(&mut self, number: Option<u32>, kind: Kind, _base: Option<(&(), &[Piece])>, bytes: &[u8]) {
        let Some(number) = number else { return };
        // What is damaged is missing when somebody asks for it.
        let _read = match kind {
            Kind::Commit => self.commit(number, bytes),
            Kind::Tree => self.tree(number, bytes),
            Kind::Blob | Kind::Tag => None,
        };
    }
}

/// The place of an object in a list by numbers, which is longer than the packs are if need be.
fn slot<T: Clone + Default>(list: &mut Vec<T>, number: u32) -> &mut T {
    let number = number as usize;
    if number >= list.len() {
        list.resize(number + 1, T::default());
    }
    &mut list[number]
}

impl<'r> Graph<'r> {
    /// Reads all commits and trees of the packs.
    pub(in crate::checkout) fn read(
        repository: &'r gix::Repository,
        packs: &'r Packs,
        worth: Worth<'r>,
    ) -> Graph<'r> {
        let others = Others { packs, numbers: Mutex::default() };
        let families = Families::all(packs);
        let readers = families.visit(&[Kind::Commit, Kind::Tree], LIMIT, || Reader::new(&others, worth));
        let read: Vec<Read> = readers.into_iter().map(Reader::done).collect();
        let mut graph = Graph {
            repository,
            others,
            worth,
            commits: HashMap::new(),
            messages: HashMap::new(),
            trees: vec![None; packs.len() as usize],
            parts: Vec::new(),
        };
        read.into_iter().for_each(|read| graph.take(read));
        graph
    }

    fn take(&mut self, read: Read) {
        self.commits.extend(read.commits);
        self.messages.extend(read.messages);
        let place = self.parts.len() as u32;
        for (number, start, length) in read.trees {
            *slot(&mut self.trees, number) = Some((place, start, length));
        }
        self.parts.push(read.part);
    }

    /// An object that is in no pack, or is damaged there.
    fn fetch(&mut self, number: u32) -> Option<()> {
        let object = self.repository.find_object(self.others.id(number)?).ok()?;
        let mut reader = Reader::new(&self.others, self.worth);
        reader.object(Some(number), object.kind, None, &object.data);
        let read = reader.done();
        self.take(read);
        Some(())
    }

    fn commit(&mut self, number: u32) -> Option<&Commit> {
        if !self.commits.contains_key(&number) {
            self.fetch(number)?;
        }
        self.commits.get(&number)
    }

    fn tree(&mut self, number: u32) -> Option<Entries> {
        if slot(&mut self.trees, number).is_none() {
            self.fetch(number)?;
        }
        *slot(&mut self.trees, number)
    }

    /// The blobs that the tips reach below the checkout's root, each with the oldest commit that has it.
    pub(in crate::checkout) fn arrivals(&mut self, tips: &[ObjectId], git: &Git) -> Arrivals {
        let mut arrivals = Arrivals::default();
        let tips: Vec<u32> = tips.iter().map(|tip| self.others.number(tip)).collect();
        let commits = self.in_order(tips, &mut arrivals);
        let mut seen = vec![false; self.others.packs.len() as usize];
        for number in commits {
            let Some(tree) = self.commit(number).map(|commit| commit.tree) else { continue };
            let commit: Option<Box<str>> = self.others.id(number).map(|id| id.to_string().into());
            if let (Some(object), Some(text)) = (&commit, self.messages.remove(&number)) {
                arrivals.messages.push(Message { object: object.clone(), text, is_tag: false });
            }
            if let Some(root) = self.root(tree, git, &mut arrivals) {
                self.walk(root, commit.as_deref(), &mut seen, &mut arrivals);
            }
        }
        arrivals
    }

    /// All commits that the tips reach, parents before children, otherwise by their time.
    fn in_order(&mut self, tips: Vec<u32>, arrivals: &mut Arrivals) -> Vec<u32> {
        let is_shallow = self.repository.is_shallow().unwrap_or(false);
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut waiting: HashMap<u32, usize> = HashMap::new();
        let mut ready = BinaryHeap::new();
        let mut next = tips;
        while let Some(number) = next.pop() {
            if waiting.contains_key(&number) {
                continue;
            }
            let Some(commit) = self.commit(number) else { continue };
            let (time, parents) = (commit.time, commit.parents.clone());
            let mut count = 0;
            for parent in parents {
                if self.commit(parent).is_some() {
                    count += 1;
                    children.entry(parent).or_default().push(number);
                    next.push(parent);
                } else if !is_shallow {
                    arrivals.missing = Some("a commit");
                }
            }
            waiting.insert(number, count);
            if count == 0 {
                ready.push(Reverse((time, number)));
            }
        }
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(Reverse((_, number))) = ready.pop() {
            order.push(number);
            for child in children.remove(&number).unwrap_or_default() {
                let Some(count) = waiting.get_mut(&child) else { continue };
                *count -= 1;
                if *count == 0 {
                    let time = self.commits.get(&child).map_or(0, |commit| commit.time);
                    ready.push(Reverse((time, child)));
                }
            }
        }
        arrivals.commits = order.len();
        order
    }

    /// The checkout's root in the tree of a commit: what lies outside says nothing about what was seen.
    fn root(&mut self, mut tree: u32, git: &Git, arrivals: &mut Arrivals) -> Option<u32> {
        for folder in git.folders() {
            let Some((part, start, count)) = self.tree(tree) else {
                arrivals.missing = Some("a tree");
                return None;
            };
            let part = &self.parts[part as usize];
            let named = |(name, _): &&(u32, u32)| {
                name & FOLDER != 0 && *part.names[(name & !FOLDER) as usize] == *folder.as_bytes()
            };
            tree = part.entries[start as usize..(start + count) as usize].iter().find(named)?.1;
        }
        Some(tree)
    }

    fn walk(&mut self, tree: u32, commit: Option<&str>, seen: &mut Vec<bool>, arrivals: &mut Arrivals) {
        let mut path = Vec::new();
        // Entries that are still to be looked at, and the length of the path above them.
        let mut stack = Vec::new();
        let mut entered = Some((tree, 0));
        loop {
            if let Some((tree, length)) = entered.take()
                && !std::mem::replace(slot(seen, tree), true)
            {
                match self.tree(tree) {
                    Some((part, start, count)) if stack.len() < MAX_DEPTH => {
                        stack.push((part, start, start + count, length));
                    }
                    _ => arrivals.missing = Some("a tree"),
                }
            }
            let Some((part, at, end, length)) = stack.last_mut() else { return };
            if at == end {
                stack.pop();
                continue;
            }
            let part = &self.parts[*part as usize];
            let (name, object) = part.entries[*at as usize];
            *at += 1;
            if *slot(seen, object) {
                continue;
            }
            path.truncate(*length);
            path.extend_from_slice(&part.names[(name & !FOLDER) as usize]);
            if name & FOLDER != 0 {
                path.push(b'/');
                entered = Some((object, path.len()));
                continue;
            }
            if let Some(blob) = self.others.id(object) {
                *slot(seen, object) = true;
                let (path, commit) = (String::from_utf8_lossy(&path).into(), commit.map(Into::into));
                arrivals.blobs.push(Arrival { blob, path, commit });
            }
        }
    }
}
