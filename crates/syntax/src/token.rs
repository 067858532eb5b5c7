//! The kinds of tokens, and how error messages name them.

/// Declares [`TokenKind`] and [`TokenKind::name`] from one list.
macro_rules! token_kinds {
    ($($kind:ident $name:literal,)*) => {
        /// What a token is. The kinds that can start an operand come first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum TokenKind {
            $(#[doc = concat!("In messages: ", $name, ".")] $kind,)*
        }

        impl TokenKind {
            /// The name in messages: those of C++ Nix, which tests and tools compare.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

token_kinds! {
    Identifier "identifier",
    Integer "integer",
    Float "floating-point literal",
    Quote "'\"'",
    IndentedOpen "start of an indented string",
    Path "path",
    HomePath "'~/…' path",
    SearchPath "'<…>' path",
    Uri "URI",
    ParenOpen "'('",
    Let "'let'",
    Rec "'rec'",
    BraceOpen "'{'",
    BracketOpen "'['",
    EndOfFile "end of file",
    Invalid "invalid token",
    Rejected "rejected token",
    StringText "string",
    IndentedText "indented string",
    PathEnd "end of path",
    IndentedClose "end of an indented string",
    If "'if'",
    Then "'then'",
    Else "'else'",
    Assert "'assert'",
    With "'with'",
    In "'in'",
    Inherit "'inherit'",
    Or "'or'",
    Equal "'=='",
    NotEqual "'!='",
    LessEqual "'<='",
    GreaterEqual "'>='",
    Update "'//'",
    Concat "'++'",
    AndAnd "'&&'",
    OrOr "'||'",
    Implies "'->'",
    PipeFrom "'<|'",
    PipeInto "'|>'",
    DollarBrace "'${'",
    Ellipsis "'...'",
    Less "'<'",
    Greater "'>'",
    Plus "'+'",
    Minus "'-'",
    Star "'*'",
    Slash "'/'",
    Question "'?'",
    Colon "':'",
    At "'@'",
    Semicolon "';'",
    Bang "'!'",
    Dot "'.'",
    ParenClose "')'",
    BraceClose "'}'",
    BracketClose "']'",
    Assign "'='",
    Comma "','",
}

impl TokenKind {
    /// Whether a token of this kind can start an operand, and so an argument or a list element.
    #[inline]
    pub(crate) fn starts_operand(self) -> bool {
        self <= Self::BracketOpen
    }

    /// Whether a token of this kind can start a component of an attribute path.
    #[inline]
    pub(crate) fn starts_attribute(self) -> bool {
        matches!(
            self,
            Self::Identifier | Self::Or | Self::Quote | Self::DollarBrace
        )
    }
}

/// A token and the bytes that it covers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: u32,
    pub(crate) end: u32,
}
