//! The chain on any server that speaks git over HTTP: read with protocol 2, pushed with the old tip in the command,
//! which is the server's own compare-and-swap. No git is needed on this machine.

use std::cell::RefCell;
use std::collections::HashMap;

use gix::objs::Kind;

use super::objects::{self, Object};
use super::pktline::{self, Line};
use super::{Entry, Record, Store, StoreError, Swap, Tip, pack, record_of, state_of};
use crate::http::{Client, Credential, Request, Response};
use crate::lock::state::State;

/// The id that stands for "there is none".
const NONE: &str = "0000000000000000000000000000000000000000";

/// A ref in a repository behind an address.
pub struct GitHttp {
    /// Sends.
    pub http: Client,
    /// Address of the repository.
    pub url: String,
    /// The ref.
    pub reference: String,
    /// Proves who asks.
    pub credential: Option<Credential>,
    /// The tip that was read or written last. A commit never changes, so it is not fetched twice: whoever waits in line asks for
    /// the ref only.
    pub last: RefCell<Option<Tip>>,
}

type Objects = HashMap<String, (Kind, Vec<u8>)>;

impl GitHttp {
    fn post(&self, service: &str, body: &[u8]) -> Result<Response, crate::http::Failure> {
        let url = format!("{}/{service}", self.url.trim_end_matches('/'));
        let kind = format!("application/x-{service}-request");
        let accept = format!("application/x-{service}-result");
        let headers = [("accept", accept.as_str()), ("git-protocol", "version=2")];
        // Pushes speak the first protocol: there is no second one for them.
        let headers = if service == "git-receive-pack" { &headers[..1] } else { &headers[..] };
        self.http.send(&Request {
            method: "POST",
            url: &url,
            headers,
            credential: self.credential.as_ref(),
            body: Some((&kind, body)),
        })
    }

    /// Asks for something; nothing changes, so a failure is tried again.
    fn ask(&self, body: &[u8]) -> Result<Vec<u8>, StoreError> {
        let limits = self.http.limits();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let problem = match self.post("git-upload-pack", body) {
                Ok(response) if response.is_success() => return Ok(response.body),
                Ok(response) => {
                    let error = self.refusal(&response);
                    if response.status < 500 {
                        return Err(error);
                    }
                    error
                }
                Err(failure) => StoreError::Unreachable(failure.to_string()),
            };
            if attempt >= limits.tries {
                return Err(problem);
            }
            std::thread::sleep(crate::http::backoff(attempt, limits.pause, limits.longest_pause));
        }
    }

    fn refusal(&self, response: &Response) -> StoreError {
        let url = crate::http::shown(&self.url);
        match response.status {
            401 | 403 => StoreError::Forbidden(format!(
                "{url} refuses with {}: it needs a token that may write",
                response.status
            )),
            404 => StoreError::Forbidden(format!("{url} is no repository, or the token may not see it")),
            status => StoreError::Unreachable(format!("{url} answers {status}")),
        }
    }

    fn tip(&self) -> Result<Option<String>, StoreError> {
        let mut body = pktline::line(b"command=ls-refs\n");
        body.extend_from_slice(b"0001");
        body.extend(pktline::line(format!("ref-prefix {}\n", self.reference).as_bytes()));
        body.extend_from_slice(b"0000");
        let answer = self.ask(&body)?;
        let lines = pktline::read(&answer).ok_or_else(|| self.garbled())?;
        let mut ended = false;
        for line in lines {
            match line {
                Line::Data(content) => {
                    let text = String::from_utf8_lossy(content);
                    let (id, name) = text.trim_end().split_once(' ').ok_or_else(|| self.garbled())?;
                    if name.split(' ').next() == Some(self.reference.as_str()) {
                        return Ok(Some(id.to_owned()));
                    }
                }
                _ => ended = true,
            }
        }
        // An answer that is cut before its end says nothing about what is not in it.
        if ended { Ok(None) } else { Err(self.garbled()) }
    }

    fn garbled(&self) -> StoreError {
        let url = crate::http::shown(&self.url);
        StoreError::Unreachable(format!("{url} does not answer as git servers do (protocol version 2)"))
    }

    /// The newest `depth` commits below an id, with what belongs to them.
    fn fetch(&self, id: &str, depth: usize) -> Result<Objects, StoreError> {
        let mut body = pktline::line(b"command=fetch\n");
        body.extend_from_slice(b"0001");
        for line in
            [format!("want {id}\n"), format!("deepen {depth}\n"), "ofs-delta\n".into(), "done\n".into()]
        {
            body.extend(pktline::line(line.as_bytes()));
        }
        body.extend_from_slice(b"0000");
        let answer = self.ask(&body)?;
        let lines = pktline::read(&answer).ok_or_else(|| self.garbled())?;
        let mut content = Vec::new();
        let mut inside = false;
        for line in lines {
            match line {
                Line::Data(b"packfile\n") if !inside => inside = true,
                // Side band 1 holds the pack, 2 progress, 3 an error.
                Line::Data([1, rest @ ..]) if inside => content.extend_from_slice(rest),
                _ => {}
            }
        }
        pack::read(&content).ok_or_else(|| self.garbled())
    }

    fn unreadable(what: &str) -> StoreError {
        StoreError::Unreadable(what.to_owned())
    }
}

impl Store for GitHttp {
    fn read(&self) -> Result<Tip, StoreError> {
        let Some(id) = self.tip()? else {
            return Ok(Tip { id: None, state: State::default() });
        };
        if let Some(tip) = self.last.borrow().as_ref().filter(|tip| tip.id.as_ref() == Some(&id)) {
            return Ok(tip.clone());
        }
        let found = self.fetch(&id, 1)?;
        let (_, commit) = found.get(&id).ok_or_else(|| self.garbled())?;
        let (_, message) = objects::read_commit(commit)
            .ok_or_else(|| Self::unreadable("the ref of the lock holds something else than its chain"))?;
        let record = record_of(&message)?;
        let (_, blob) =
            found.get(&record.state).ok_or_else(|| Self::unreadable("its file is not in its commit"))?;
        let tip = Tip { id: Some(id), state: state_of(blob)? };
        *self.last.borrow_mut() = Some(tip.clone());
        Ok(tip)
    }

    fn swap(&self, tip: &Tip, entry: &Entry) -> Result<Swap, StoreError> {
        let parent = tip.id.as_deref().filter(|_| !entry.is_root);
        let built = objects::of_entry(entry, parent).ok_or_else(|| Self::unreadable("no id can be made"))?;
        let old = tip.id.as_deref().unwrap_or(NONE);
        let command = format!("{old} {} {}\0 report-status agent=ci-guard", built[2].id, self.reference);
        let mut body = pktline::line(command.as_bytes());
        body.extend_from_slice(b"0000");
        body.extend(pack::write(&built as &[Object]));
        let response = match self.post("git-receive-pack", &body) {
            Ok(response) => response,
            Err(failure) if failure.may_have_arrived => return Ok(Swap::Unclear(failure.to_string())),
            Err(failure) => return Ok(Swap::Not(failure.to_string())),
        };
        match response.status {
            200 => {
                let outcome = self.report(&response.body);
                if outcome == Swap::Done {
                    let tip = Tip { id: Some(built[2].id.clone()), state: entry.state.clone() };
                    *self.last.borrow_mut() = Some(tip);
                }
                Ok(outcome)
            }
            status if status >= 500 => Ok(Swap::Unclear(format!("the server answered {status}"))),
            _ => Err(self.refusal(&response)),
        }
    }

    fn history(&self, most: usize) -> Result<Vec<(String, Record)>, StoreError> {
        let Some(tip) = self.tip()? else { return Ok(Vec::new()) };
        let found = self.fetch(&tip, most.max(1))?;
        let mut history = Vec::new();
        let mut next = Some(tip);
        while let Some(id) = next.filter(|_| history.len() < most) {
            // The oldest commit that was fetched names a parent that was not.
            let Some((_, commit)) = found.get(&id) else { break };
            let (parent, message) =
                objects::read_commit(commit).ok_or_else(|| Self::unreadable("a commit cannot be read"))?;
            history.push((id, record_of(&message)?));
            next = parent;
        }
        Ok(history)
    }

    fn can_cut(&self) -> bool {
        true
    }
}

impl GitHttp {
    /// What the server says about a push: `ok REF` or `ng REF reason`. Anything else leaves it open.
    fn report(&self, body: &[u8]) -> Swap {
        let Some(lines) = pktline::read(body) else {
            return Swap::Unclear("the answer to the push is cut".to_owned());
        };
        for line in lines {
            let Line::Data(content) = line else { continue };
            let text = String::from_utf8_lossy(content);
            let text = text.trim_end();
            if text.strip_prefix("ok ") == Some(self.reference.as_str()) {
                return Swap::Done;
            }
            if let Some(rest) = text.strip_prefix("ng ") {
                return Swap::Not(rest.split_once(' ').map_or(rest, |(_, reason)| reason).to_owned());
            }
            if let Some(reason) = text.strip_prefix("unpack ").filter(|reason| *reason != "ok") {
                return Swap::Not(format!("the server could not unpack it: {reason}"));
            }
        }
        Swap::Unclear("the answer to the push says nothing".to_owned())
    }
}
