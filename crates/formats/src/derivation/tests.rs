use super::*;

fn parse(text: &str) -> Result<Derivation, String> {
    Derivation::parse(text.as_bytes(), "x", &StoreDir::default()).map_err(|e| e.to_string())
}

const PLAIN: &str = r#"Derive([("out","","","")],[],[],"s","b",[],[("a","b")])"#;

/// Malformed text is refused, and the message says what is wrong and where.
#[test]
fn malformed_text_is_refused() {
    let dynamic = PLAIN.replace("Derive(", "DrvWithVersion(\"xp-dyn-drv\",");
    assert!(parse(PLAIN).is_ok());
    assert!(parse(&dynamic).is_ok());
    let cases = [
        (
            String::new(),
            "derivation does not start with 'Derive' or 'DrvWithVersion'",
        ),
        (
            "Derive".to_owned(),
            "derivation does not start with 'Derive' or 'DrvWithVersion'",
        ),
        ("Derive(".to_owned(), "expected string '[' at offset 7"),
        (
            "DrvWithVersion(\"9\",".to_owned(),
            "Unknown derivation ATerm format version '9'",
        ),
        (
            format!("{PLAIN}x"),
            "derivation is followed by 1 bytes of something else",
        ),
        (
            PLAIN.replace(",[],[],", "[],[],"),
            "expected string ',' at offset 25",
        ),
        (
            PLAIN.replace(r#"("a","b")"#, r#"("a","b"#),
            "unterminated string in derivation",
        ),
        (
            PLAIN.replace(r#""b")"#, r#""b\"#),
            "unterminated string in derivation",
        ),
        (
            PLAIN.replace(r#"("a","b")"#, r#"("a","b"),("a","c")"#),
            "'a' is listed twice in derivation",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(parse(&text).err().as_deref(), Some(message), "{text}");
    }
}

/// Fields that contradict each other or hold what they must not are refused.
#[test]
fn contradicting_fields_are_refused() {
    let cases = [
        (
            PLAIN.replace(r#""out","""#, r#""out","x""#),
            "bad path 'x' in derivation",
        ),
        (
            PLAIN.replace(r#""out","""#, r#""out","/x""#),
            "path \"/x\" is not in the Nix store",
        ),
        (
            PLAIN.replace(r#""","","""#, r#""/x","r:sha256","""#),
            "content-addressing derivation output should not specify output path",
        ),
        (
            PLAIN.replace(r#""","","""#, r#""/x","r:sha256","impure""#),
            "impure derivation output should not specify output path",
        ),
        (
            PLAIN.replace(r#""a","b""#, r#""__json","[1]""#),
            "cannot process __json attribute: it is not an object",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(parse(&text).err().as_deref(), Some(message), "{text}");
    }
}

/// Any truncation of a derivation is an error, never a panic and never a success.
#[test]
fn truncated_text_is_refused() {
    let text = r#"DrvWithVersion("xp-dyn-drv",[("out","","r:sha256","")],[("/nix/store/ai93i6i3j7hddxal8yvznqvf2dyj69qb-d.drv",([],[("out",(["o"],[("a",["b"])]))]))],["/nix/store/ai93i6i3j7hddxal8yvznqvf2dyj69qb-x"],"s","b",["\"\\"],[("a","b")])"#;
    assert!(parse(text).is_ok());
    for end in 0..text.len() {
        assert!(parse(&text[..end]).is_err(), "{}", &text[..end]);
    }
}

/// Outputs that cannot go together are refused.
#[test]
fn contradicting_outputs_are_refused() {
    let hash = crate::hash::Hash::zero(Algorithm::Sha256);
    let fixed = || {
        Output::Fixed(ContentAddress {
            method: Method::Flat,
            hash,
        })
    };
    let floating = |algorithm| Output::Floating {
        method: Method::Nar,
        algorithm,
    };
    let kind = |outputs: Vec<(&str, Output)>| {
        let mut drv = Derivation::new("x");
        drv.outputs = outputs
            .into_iter()
            .map(|(name, output)| (name.to_owned(), output))
            .collect();
        drv.kind()
    };
    assert_eq!(kind(vec![]), Err(DerivationError::NoOutputs));
    assert_eq!(kind(vec![("out", fixed())]), Ok(Kind::Fixed));
    assert_eq!(
        kind(vec![("dev", fixed())]),
        Err(DerivationError::FixedOutputName)
    );
    assert_eq!(
        kind(vec![("out", fixed()), ("p", fixed())]),
        Err(DerivationError::SeveralFixedOutputs)
    );
    assert_eq!(
        kind(vec![("out", fixed()), ("p", Output::Deferred)]),
        Err(DerivationError::MixedOutputs)
    );
    assert_eq!(
        kind(vec![
            ("a", floating(Algorithm::Sha1)),
            ("b", floating(Algorithm::Md5))
        ]),
        Err(DerivationError::MixedAlgorithms)
    );
}

/// Bytes that are not UTF-8 survive in the text, and are an error in JSON.
#[test]
fn values_may_be_any_bytes() -> Result<(), DerivationError> {
    let store = StoreDir::default();
    let mut drv = Derivation::new("x");
    drv.outputs.insert("out".to_owned(), Output::Deferred);
    drv.env
        .insert(b"\xff".to_vec(), b"\xfe\"\\\n\r\t\0".to_vec());
    let text = drv.to_aterm(&store)?;
    assert_eq!(Derivation::parse(&text, "x", &store)?, drv);
    assert!(matches!(
        drv.to_json(),
        Err(DerivationError::NotUtf8 { .. })
    ));
    Ok(())
}

/// The variable that carries structured attributes stands among the others in order, and is
/// refused as an ordinary one.
#[test]
fn structured_attrs_have_their_place() -> Result<(), DerivationError> {
    let store = StoreDir::default();
    let mut drv = Derivation::new("x");
    drv.env.insert(b"_".to_vec(), vec![]);
    drv.env.insert(b"a".to_vec(), vec![]);
    drv.structured_attrs = Some(StructuredAttrs::parse(b"{ \"a\" : 1 }")?);
    let text = String::from_utf8_lossy(&drv.to_aterm(&store)?).into_owned();
    assert!(
        text.ends_with(r#"[("_",""),("__json","{\"a\":1}"),("a","")])"#),
        "{text}"
    );
    drv.env.insert(STRUCTURED_ATTRS_VARIABLE.to_vec(), vec![]);
    assert_eq!(drv.to_aterm(&store), Err(DerivationError::VariableReserved));
    Ok(())
}

/// JSON that does not describe a derivation is refused.
#[test]
fn malformed_json_is_refused() {
    let good = serde_json::json!({
        "name": "x", "version": 4, "outputs": {}, "inputs": {"srcs": [], "drvs": {}},
        "system": "s", "builder": "b", "args": [], "env": {},
    });
    assert!(Derivation::from_json(&good).is_ok());
    let cases = [
        (
            "version",
            Value::from(3),
            "Unsupported derivation JSON format version 3, only format version 4 is currently \
             supported.",
        ),
        (
            "args",
            serde_json::json!([1]),
            "Expected JSON value to be of type 'string' but it is of type 'number': 1, in 'args'",
        ),
        (
            "env",
            serde_json::json!({"a": null}),
            "Expected JSON value to be of type 'string' but it is of type 'null': null, in 'a'",
        ),
        (
            "outputs",
            serde_json::json!({"out": {"x": 1}}),
            "invalid JSON for derivation output",
        ),
        (
            "inputs",
            serde_json::json!({"drvs": {}}),
            "Expected JSON object to contain key 'srcs' but it doesn't",
        ),
    ];
    for (key, value, message) in cases {
        let mut bad = good.clone();
        bad[key] = value;
        assert_eq!(
            Derivation::from_json(&bad).map_err(|e| e.to_string()),
            Err(message.to_owned())
        );
    }
}

/// Strings that the grammar does not escape must need no escape.
#[test]
fn unprintable_names_are_refused() {
    let store = StoreDir::default();
    let mut drv = Derivation::new("x");
    drv.system = b"a\"b".to_vec();
    let message = "system 'a\"b' of derivation contains an illegal character";
    assert_eq!(
        drv.to_aterm(&store).map_err(|e| e.to_string()),
        Err(message.to_owned())
    );
    drv.system.clear();
    drv.outputs.insert("o\\".to_owned(), Output::Deferred);
    assert!(matches!(
        drv.to_aterm(&store),
        Err(DerivationError::Unprintable { .. })
    ));
}
