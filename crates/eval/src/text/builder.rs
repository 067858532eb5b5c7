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
