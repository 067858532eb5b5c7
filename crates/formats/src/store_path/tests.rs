use super::*;

type Outcome = Result<(), StorePathError>;

fn zero(algorithm: Algorithm) -> Hash {
    Hash::zero(algorithm)
}

/// Fixed outputs get the paths that `nix-store --print-fixed-path` prints.
#[test]
fn fixed_output_paths_match_the_reference() -> Outcome {
    let expected = [
        (
            Algorithm::Sha256,
            Method::Flat,
            "a3qrxr9fv07qngjdfd543q16dz6907hh-foo",
        ),
        (
            Algorithm::Sha256,
            Method::Nar,
            "1dcapabdb1anckxk8md1m0dpqx5jmm73-foo",
        ),
        (
            Algorithm::Sha1,
            Method::Flat,
            "y3xqvf1wzvlwy72dnxxynbliy1rkvmak-foo",
        ),
        (
            Algorithm::Sha1,
            Method::Nar,
            "dy74kq2ckp2zpxalappgysndxp4wigry-foo",
        ),
        (
            Algorithm::Md5,
            Method::Flat,
            "jv6vs71zp3r2lczgyhbh7r0hazi33vcr-foo",
        ),
        (
            Algorithm::Md5,
            Method::Nar,
            "qddhij4d4ia8ma7llkbm5zpz00ps057d-foo",
        ),
        (
            Algorithm::Sha512,
            Method::Flat,
            "x37ds0synxh58hkvcwjh6391cxphyp0i-foo",
        ),
        (
            Algorithm::Sha512,
            Method::Nar,
            "jnw8a4y7x24vjqwzs7g9wzd9fj8d7k7d-foo",
        ),
    ];
    for (algorithm, method, path) in expected {
        let address = ContentAddress {
            method,
            hash: zero(algorithm),
        };
        let made = StoreDir::default().make_fixed_output_path("foo", &address)?;
        assert_eq!(made.as_str(), path);
    }
    Ok(())
}

/// Text files get the paths that `builtins.toFile` returns, with and without references.
#[test]
fn text_paths_match_the_reference() -> Outcome {
    let store = StoreDir::default();
    let a = store.make_text_path("a", &Hash::sha256(b"hello"), [])?;
    assert_eq!(
        store.print(&a),
        "/nix/store/vmg5na96ajnh1v932j9jdzfc3022vbh9-a"
    );
    let content = format!("x{}y", store.print(&a));
    let b = store.make_text_path("b", &Hash::sha256(content.as_bytes()), [&a])?;
    assert_eq!(b.as_str(), "ym35k2dcn6qbg3xg6f67vxpsjsqml2y1-b");
    Ok(())
}

/// What cannot be expressed as a path is refused.
#[test]
fn impossible_addresses_are_refused() -> Outcome {
    let store = StoreDir::default();
    let other = StorePath::from_base_name("1dcapabdb1anckxk8md1m0dpqx5jmm73-foo")?;
    let flat = ContentAddress {
        method: Method::Flat,
        hash: zero(Algorithm::Sha256),
    };
    let references = References {
        others: [&other],
        itself: false,
    };
    assert!(matches!(
        store.make_content_addressed_path("x", &flat, references),
        Err(StorePathError::ReferencesNotAllowed(_))
    ));
    let git = ContentAddress {
        method: Method::Git,
        hash: zero(Algorithm::Md5),
    };
    assert!(store.make_fixed_output_path("x", &git).is_err());
    let text = ContentAddress {
        method: Method::Text,
        hash: zero(Algorithm::Sha1),
    };
    assert!(store.make_fixed_output_path("x", &text).is_err());
    Ok(())
}

/// Bad names are refused in Nix's words.
#[test]
fn name_messages_are_those_of_nix() {
    let long = "x".repeat(212);
    let cases = [
        ("", "name must not be empty".to_owned()),
        (
            &long,
            format!("name '{long}' must be no longer than 211 characters"),
        ),
        (".", "name '.' is not valid".to_owned()),
        ("..", "name '..' is not valid".to_owned()),
        (
            ".-a",
            "name '.-a' is not valid: first dash-separated component must not be '.'".to_owned(),
        ),
        (
            "..-a",
            "name '..-a' is not valid: first dash-separated component must not be '..'".to_owned(),
        ),
        (
            "a b",
            "name 'a b' contains illegal character ' '".to_owned(),
        ),
        (
            "a/b",
            "name 'a/b' contains illegal character '/'".to_owned(),
        ),
    ];
    for (name, message) in cases {
        assert_eq!(check_name(name).map_err(|e| e.to_string()), Err(message));
    }
    for name in ["a", ".a", "...", "..a-b", "-", "+-._?=09azAZ", &long[1..]] {
        assert_eq!(check_name(name), Ok(()));
    }
}

/// Bad paths are refused in Nix's words.
#[test]
fn path_messages_are_those_of_nix() {
    let store = StoreDir::default();
    let cases = [
        (
            "/nix/store/abc",
            "'abc' is too short to be a valid store path",
        ),
        ("/foo", "path \"/foo\" is not in the Nix store"),
        ("/nix/store", "path \"/nix/store\" is not in the Nix store"),
        ("foo", "not an absolute path: \"foo\""),
        (
            "/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-x",
            "store path 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-x' contains illegal base-32 character 'e'",
        ),
        (
            "/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-x y",
            "path 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-x y' is not a valid store path: \
             name 'x y' contains illegal character ' '",
        ),
        (
            "/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-x",
            "store path 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-x' has no dash after its hash part",
        ),
        (
            "/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaé-x",
            "store path 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaé-x' contains illegal base-32 character 'é'",
        ),
    ];
    for (path, message) in cases {
        assert_eq!(
            store.parse(path).map_err(|e| e.to_string()),
            Err(message.to_owned())
        );
    }
}

/// Paths are canonicalised before they are compared with the store directory, and take themselves
/// apart.
#[test]
fn paths_parse() -> Outcome {
    let base = "a3qrxr9fv07qngjdfd543q16dz6907hh-foo.drv";
    for path in [
        format!("/nix/store/{base}"),
        format!("//nix/./store/x/../{base}/"),
    ] {
        let parsed = StoreDir::new("/nix/store/").parse(&path)?;
        assert_eq!(parsed.as_str(), base);
        assert_eq!(parsed.hash_part(), "a3qrxr9fv07qngjdfd543q16dz6907hh");
        assert_eq!(parsed.name(), "foo.drv");
        assert_eq!(parsed.drv_name(), Ok("foo"));
    }
    Ok(())
}
