//! Writes the XML that `builtins.toXML` and `--xml` give.

/// Appends an indented XML document to a byte buffer. The header is written at once; every element
/// opened must be closed by [`XmlWriter::close`].
#[derive(Debug)]
pub struct XmlWriter<'out, 'name> {
    out: &'out mut Vec<u8>,
    open: Vec<&'name str>,
}

/// The attributes of one element, in the order in which they are to appear.
pub type XmlAttributes<'a> = &'a [(&'a str, &'a [u8])];

impl<'out, 'name> XmlWriter<'out, 'name> {
    /// Starts a document at the end of `out`.
    pub fn new(out: &'out mut Vec<u8>) -> Self {
        out.extend_from_slice(b"<?xml version='1.0' encoding='utf-8'?>\n");
        Self {
            out,
            open: Vec::new(),
        }
    }

    /// The length of the document so far, in bytes.
    #[must_use]
    pub fn written(&self) -> usize {
        self.out.len()
    }

    /// Starts an element that has children. Nix orders attributes by name; so must the caller.
    pub fn open(&mut self, name: &'name str, attributes: XmlAttributes) {
        self.tag(name, attributes);
        self.out.extend_from_slice(b">\n");
        self.open.push(name);
    }

    /// Ends the innermost element; does nothing when none is open.
    pub fn close(&mut self) {
        let Some(name) = self.open.pop() else { return };
        self.indent();
        self.out.extend_from_slice(b"</");
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b">\n");
    }

    /// Writes an element without children.
    pub fn empty(&mut self, name: &str, attributes: XmlAttributes) {
        self.tag(name, attributes);
        self.out.extend_from_slice(b" />\n");
    }

    fn indent(&mut self) {
        self.out.resize(self.out.len() + 2 * self.open.len(), b' ');
    }

    fn tag(&mut self, name: &str, attributes: XmlAttributes) {
        self.indent();
        self.out.push(b'<');
        self.out.extend_from_slice(name.as_bytes());
        for (key, value) in attributes {
            self.out.push(b' ');
            self.out.extend_from_slice(key.as_bytes());
            self.out.extend_from_slice(b"=\"");
            escape(value, self.out);
            self.out.push(b'"');
        }
    }
}

/// Appends `value` escaped for an attribute. A newline is escaped as well, so that a reader does not
/// turn it into a space; other control characters go through as they are.
fn escape(value: &[u8], out: &mut Vec<u8>) {
    for &byte in value {
        match byte {
            b'"' => out.extend_from_slice(b"&quot;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'\n' => out.extend_from_slice(b"&#xA;"),
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_nest_by_two_spaces_and_values_are_escaped() {
        let mut out = Vec::new();
        let mut writer = XmlWriter::new(&mut out);
        writer.open("expr", &[]);
        writer.open("list", &[("a", b"1"), ("b", b"2")]);
        writer.empty("string", &[("value", b"<&>\"'\n\t")]);
        writer.close();
        writer.close();
        writer.close();
        let expected = "<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <list a=\"1\" b=\"2\">\n    \
             <string value=\"&lt;&amp;&gt;&quot;'&#xA;\t\" />\n  </list>\n</expr>\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
