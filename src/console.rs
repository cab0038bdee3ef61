//! Standard output and standard error. A reader that went away changes nothing about the verdict.

use std::io::Write;

/// Where text goes.
pub struct Console<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    terminal: bool,
    document_only: bool,
}

impl<'a> Console<'a> {
    /// `terminal` says whether people read standard output as it comes.
    pub fn new(out: &'a mut dyn Write, err: &'a mut dyn Write, terminal: bool) -> Self {
        Console { out, err, terminal, document_only: false }
    }

    /// True if people read standard output as it comes.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// From now on standard output is for one document: everything else goes to standard error.
    pub(crate) fn keep_output_for_document(&mut self) {
        self.document_only = true;
    }

    /// True if standard output is for one document.
    pub(crate) fn is_document_only(&self) -> bool {
        self.document_only
    }

    /// The one document, or whatever a command prints as its result.
    pub(crate) fn document(&mut self, text: &str) {
        write(self.out, text);
    }

    /// Bytes that a command passes on. Errors count here: what was not written is lost.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// Text for the log.
    pub(crate) fn out(&mut self, text: &str) {
        if self.document_only { write(self.err, text) } else { write(self.out, text) }
    }

    /// Text about what went wrong.
    pub(crate) fn err(&mut self, text: &str) {
        write(self.err, text);
    }
}

/// Errors are dropped: with the reader gone there is nobody to tell, and the exit code says what counts.
fn write(to: &mut dyn Write, text: &str) {
    let _ = to.write_all(text.as_bytes());
    let _ = to.flush();
}
