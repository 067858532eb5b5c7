//! How parsers of data formats hand over what they read, without a tree in between.

/// Receives the parts of a document in order. Keys come before their values; whether a key may come
/// twice depends on the format.
pub trait ValueBuilder {
    /// Why a builder may refuse to go on.
    type Error;

    /// A null.
    fn null(&mut self) -> Result<(), Self::Error>;
    /// A truth value.
    fn boolean(&mut self, value: bool) -> Result<(), Self::Error>;
    /// A whole number.
    fn integer(&mut self, value: i64) -> Result<(), Self::Error>;
    /// Any other number.
    fn float(&mut self, value: f64) -> Result<(), Self::Error>;
    /// A string without NUL.
    fn string(&mut self, value: &[u8]) -> Result<(), Self::Error>;
    /// The start of a list.
    fn begin_list(&mut self) -> Result<(), Self::Error>;
    /// The end of the innermost list.
    fn end_list(&mut self) -> Result<(), Self::Error>;
    /// The start of a set of attributes.
    fn begin_attrs(&mut self) -> Result<(), Self::Error>;
    /// The name of the next value: a string without NUL.
    fn key(&mut self, key: &[u8]) -> Result<(), Self::Error>;
    /// The end of the innermost set of attributes.
    fn end_attrs(&mut self) -> Result<(), Self::Error>;
}

#[cfg(test)]
pub(super) mod transcript {
    //! A builder that writes down what it is told, for tests.

    use std::convert::Infallible;

    use super::ValueBuilder;

    /// What was told so far, one word each.
    #[derive(Default)]
    pub(in super::super) struct Transcript(Vec<String>);

    impl Transcript {
        /// All words with spaces between them.
        pub(in super::super) fn text(&self) -> String {
            self.0.join(" ")
        }

        #[expect(
            clippy::unnecessary_wraps,
            reason = "each method of the trait ends with it"
        )]
        fn say(&mut self, word: impl Into<String>) -> Result<(), Infallible> {
            self.0.push(word.into());
            Ok(())
        }
    }

    impl ValueBuilder for Transcript {
        type Error = Infallible;

        fn null(&mut self) -> Result<(), Infallible> {
            self.say("null")
        }

        fn boolean(&mut self, value: bool) -> Result<(), Infallible> {
            self.say(value.to_string())
        }

        fn integer(&mut self, value: i64) -> Result<(), Infallible> {
            self.say(value.to_string())
        }

        fn float(&mut self, value: f64) -> Result<(), Infallible> {
            self.say(format!("{value:?}"))
        }

        fn string(&mut self, value: &[u8]) -> Result<(), Infallible> {
            self.say(format!("\"{}\"", String::from_utf8_lossy(value)))
        }

        fn begin_list(&mut self) -> Result<(), Infallible> {
            self.say("[")
        }

        fn end_list(&mut self) -> Result<(), Infallible> {
            self.say("]")
        }

        fn begin_attrs(&mut self) -> Result<(), Infallible> {
            self.say("{")
        }

        fn key(&mut self, key: &[u8]) -> Result<(), Infallible> {
            self.say(format!("{}:", String::from_utf8_lossy(key)))
        }

        fn end_attrs(&mut self) -> Result<(), Infallible> {
            self.say("}")
        }
    }
}
