//! The API of OSV: which records are about these versions, and the records.
//! <https://google.github.io/osv.dev/post-v1-querybatch/>, <https://google.github.io/osv.dev/get-v1-vulns/>

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::Record;
use super::database::Matches;
use crate::fetch::{Ask, Fetcher, each};

/// Where OSV is.
pub const PUBLIC: &str = "https://api.osv.dev";

/// Queries of one request; the server takes no more.
const BATCH: usize = 1000;

/// Pages of the answer to one query that are asked for.
const MAX_PAGES: usize = 50;

/// Records that are read. More of them are no answer to anything.
const MAX_RECORDS: usize = 50_000;

/// Requests on their way at the same time.
const IN_FLIGHT: usize = 32;

/// A version of a package that is asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// As OSV names it.
    pub ecosystem: String,
    /// Its name; OSV tells capitals apart.
    pub name: String,
    /// Its version.
    pub version: String,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    results: Vec<Option<Found>>,
}

#[derive(Default, Deserialize)]
struct Found {
    #[serde(default)]
    vulns: Vec<Id>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Id {
    id: String,
    #[serde(default)]
    modified: String,
}

/// The records about these versions. What could not be asked is among the faults.
pub fn ask(fetcher: &Fetcher, server: &str, queries: &BTreeSet<Query>) -> Matches {
    let server = server.trim_end_matches('/');
    let mut matches = Matches::default();
    let all: Vec<&Query> = queries.iter().collect();
    let batches: Vec<&[&Query]> = all.chunks(BATCH).collect();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for found in each(&batches, IN_FLIGHT, |batch| in_batch(fetcher, server, batch)) {
        match found {
            Ok(found) => ids.extend(found.into_iter().map(|id| (id.id, id.modified))),
            Err(why) => matches.faults.push(format!("OSV could not be asked about all packages: {why}")),
        }
    }
    matches.faults.dedup();
    if ids.len() > MAX_RECORDS {
        matches
            .faults
            .push(format!("OSV names more than {MAX_RECORDS} records, of which the rest was not read"));
    }
    let ids: Vec<(String, String)> = ids.into_iter().take(MAX_RECORDS).collect();
    for (record, (id, _)) in
        each(&ids, IN_FLIGHT, |(id, modified)| record(fetcher, server, id, modified)).into_iter().zip(&ids)
    {
        match record {
            Ok(record) if record.withdrawn.is_none() => matches.records.push(record),
            Ok(_) => {}
            Err(why) => {
                matches.faults.push(format!("the record `{}` of OSV could not be had: {why}", shown(id)))
            }
        }
    }
    matches.looked_at = ids.len();
    matches.ecosystems = queries.iter().map(|query| query.ecosystem.clone()).collect();
    matches
}

/// The ids of one batch; queries with more pages are asked again, and only these.
fn in_batch(fetcher: &Fetcher, server: &str, batch: &[&Query]) -> Result<Vec<Id>, String> {
    let url = format!("{server}/v1/querybatch");
    let mut open: Vec<(&Query, Option<String>)> = batch.iter().map(|query| (*query, None)).collect();
    let mut ids = Vec::new();
    for _ in 0..MAX_PAGES {
        let queries: Vec<Value> = open.iter().map(|(query, page)| written(query, page.as_deref())).collect();
        let body = json!({ "queries": queries }).to_string();
        let document = fetcher.get(&Ask { url: &url, body: Some(body.as_bytes()), ..Ask::default() })?;
        if document.status != 200 {
            return Err(format!("it answers with status {}", document.status));
        }
        let answer: Answer =
            serde_json::from_slice(&document.body).map_err(|_| "its answer is not one of OSV".to_owned())?;
        // Fewer results than queries would leave packages out without a word.
        if answer.results.len() != open.len() {
            return Err(format!("it answers {} of {} queries", answer.results.len(), open.len()));
        }
        let mut next = Vec::new();
        for (found, (query, _)) in answer.results.into_iter().zip(&open) {
            let found = found.unwrap_or_default();
            ids.extend(found.vulns);
            if let Some(page) = found.next_page_token.filter(|page| !page.is_empty()) {
                next.push((*query, Some(page)));
            }
        }
        if next.is_empty() {
            return Ok(ids);
        }
        open = next;
    }
    Err(format!("its answer has more than {MAX_PAGES} pages"))
}

fn written(query: &Query, page: Option<&str>) -> Value {
    let mut written = json!({
        "package": { "ecosystem": query.ecosystem, "name": query.name },
        "version": query.version,
    });
    if let Some(page) = page {
        written["page_token"] = page.into();
    }
    written
}

/// One record. One that is kept and did not change is not asked for.
fn record(fetcher: &Fetcher, server: &str, id: &str, modified: &str) -> Result<Record, String> {
    let is_id =
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
    if !is_id {
        return Err("this is no id".to_owned());
    }
    let url = format!("{server}/v1/vulns/{id}");
    let key = format!("{url} as of {modified}");
    if let Some(kept) = fetcher.recall(&key).and_then(|body| read(&body, id).ok()) {
        return Ok(kept);
    }
    let document = fetcher.get(&Ask { url: &url, ..Ask::default() })?;
    if document.status != 200 {
        return Err(format!("it answers with status {}", document.status));
    }
    let record = read(&document.body, id)?;
    // The server may already have a newer one than it named.
    if !modified.is_empty() && record.modified == modified {
        fetcher.remember(&key, modified, &document.body);
    }
    Ok(record)
}

fn read(body: &[u8], id: &str) -> Result<Record, String> {
    let record: Record = serde_json::from_slice(body).map_err(|_| "it is no record of OSV".to_owned())?;
    if record.id == id { Ok(record) } else { Err("it is another record".to_owned()) }
}

fn shown(id: &str) -> String {
    crate::excerpt::shortened(id.to_owned(), 60)
}
