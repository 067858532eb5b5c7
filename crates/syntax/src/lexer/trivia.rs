//! Blanks and comments.

use memchr::{memchr_iter, memchr2};

use super::class::{self, BLANK};
use super::{DocComment, Lexer};

impl Lexer<'_> {
    /// Moves behind blanks and comments, and keeps the last documentation comment among them.
    #[inline]
    pub(super) fn skip_trivia(&mut self) {
        let mut doc = None;
        loop {
            match self.byte(self.position) {
                byte if class::is(byte, BLANK) => self.position += 1,
                b'#' => self.skip_line_comment(),
                b'/' if self.byte(self.position + 1) == b'*' => {
                    let start = self.position;
                    if !self.skip_block_comment() {
                        break;
                    }
                    if self.is_doc_comment(start) {
                        doc = Some((start, self.position));
                    }
                }
                _ => break,
            }
        }
        if let Some((start, end)) = doc {
            let token = self.position as u32;
            self.doc = Some(DocComment {
                start: start as u32,
                end: end as u32,
                token,
            });
        }
    }

    fn skip_line_comment(&mut self) {
        let rest = &self.text[self.position..];
        self.position += memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    }

    /// Moves behind the comment that starts here; a comment without an end is none.
    fn skip_block_comment(&mut self) -> bool {
        let body = self.position + 2;
        let end = memchr_iter(b'*', &self.text[body..])
            .map(|star| body + star + 1)
            .find(|after| self.byte(*after) == b'/');
        if let Some(end) = end {
            self.position = end + 1;
        }
        end.is_some()
    }

    /// `/**` with something in it.
    fn is_doc_comment(&self, start: usize) -> bool {
        self.text[start + 2] == b'*' && !matches!(self.text[start + 3], b'*' | b'/')
    }
}
