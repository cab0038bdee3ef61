//! Every format is found where it stands, and look-alikes are not. Samples are made here, so that nobody's scanner
//! takes this file for a leak.

use data_encoding::BASE64_NOPAD;

use super::*;
use crate::credentials::providers::Checksum;

/// A source of numbers that is the same in every run.
fn chooser(mut state: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    }
}

fn ids(text: &str) -> Vec<&'static str> {
    detector().scan(text.as_bytes()).iter().map(|hit| hit.kind.id()).collect()
}

#[test]
fn every_format_is_found() {
    let mut choose = chooser(7);
    let mut missed = Vec::new();
    for format in formats::all() {
        for look in &format.shapes {
            let found = (0..20).filter(|_| {
                let mut sample = look.shape.sample(&mut choose);
                if format.checksum == Some(Checksum::Snowflake) {
                    let id = format!("{:018}", 175_928_847_299_117_063 + choose(1 << 30));
                    let (_, rest) = sample.split_once('.').unwrap();
                    sample = format!("{}.{rest}", BASE64_NOPAD.encode(id.as_bytes()));
                }
                let text = match look.alone {
                    true => format!("first line\nvalue = \"{sample}\" # end\n"),
                    false => format!("first line\nmy_{}_token = \"{sample}\"\n", format.words[0]),
                };
                !detector().scan(text.as_bytes()).is_empty()
            });
            let found = found.count();
            if found < 14 {
                missed.push(format!("{} {found}/20", format.id));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn ordinary_text_is_left_alone() {
    for text in [
        "the key is under the mat: take it",
        "cache_key = \"v1-cargo-${{ runner.os }}-${{ hashFiles('**/Cargo.lock') }}\"",
        "token = self.next_token()",
        "secret: ${{ secrets.DEPLOY_TOKEN }}",
        "https://example.com/a:b@c",
        "primary_key = \"id\"",
        "task-force-one-two-three-four",
        "integrity sha512-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "<Component Id=\"AppShortcut\" Guid=\"b83e61fa-91cd-4d47-a6c2-0f78e512d3bc\">",
        "<UserSecretsId>b83e61fa-91cd-4d47-a6c2-0f78e512d3bc</UserSecretsId>",
        "authInfo.Resource = \"b83e61fa-91cd-4d47-a6c2-0f78e512d3bc\";",
        "[Step(nameof(MoveAuthentication), \"b83e61fa-91cd-4d47-a6c2-0f78e512d3bc\")]",
        "SecretKeyFactory.getInstance(\"PBKDF2WithHmacSHA512\")",
        "PASSWORD_CIPHER_ALGORITHM = \"AES/CBC/PKCS5Padding\"",
        "NPM_TOKEN: '' # https://github.com/a/b/issues/1152#issuecomment-3190884868",
        "\"N-V-__8AAQd5pwD4K8TR2M7xlfS_qZJvgHc6Vn9bosUWyekt\": {",
        "\"tokenSteering\":true,\"tag\":\"1,a=sha256:ee36fa1425bd942b5bdfe39b6ead8c1d32bf58eac644d26856be5bf4eb82e98d\"",
    ] {
        assert!(ids(text).is_empty(), "{text}: {:?}", ids(text));
    }
}

#[test]
fn an_id_behind_a_name_that_ends_in_auth_is_a_secret() {
    for name in ["\"x-auth\": ", "Authorization = ", "auth_token = "] {
        let text = format!("{name}\"b83e61fa-91cd-4d47-a6c2-0f78e512d3bc\"");
        assert_eq!(ids(&text).len(), 1, "{text}");
    }
}

#[test]
fn what_lies_across_the_blocks_of_a_long_text_is_found_once() {
    let token = ["ghp_", "kX9vQ2mZ7pLw4RtB8sJdYc3NfHg6TqWe5AuK"].concat();
    for before in [BLOCK - 40, BLOCK - 20, BLOCK - 8, BLOCK - 3, BLOCK] {
        let text = format!("{}\nmy_secret_token = \"{token}\"\n", "-".repeat(before));
        assert_eq!(ids(&text).len(), 1, "{before}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_looked_through(text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
        let _ = detector().scan(&text);
    }

    #[test]
    fn hits_lie_in_the_text(text in "(token|key|://|eyJ|-----BEGIN |sk_live_|AKIA|[a-zA-Z0-9=:\"' .@/-]{0,30}){0,12}") {
        for hit in detector().scan(text.as_bytes()) {
            proptest::prop_assert!(hit.range.start < hit.range.end && hit.range.end <= text.len());
        }
    }
}

#[test]
fn a_hash_announces_nothing() {
    let hash = "9f86d0818cf84c7d659a2feaa0c55ad015a3bf4f";
    let text = format!("Merge {hash} into 0ead80e6d1ae8f6b9c2d0f4bb3a7c1e5d9084f2a\n");
    assert_eq!(ids(&text), [""; 0]);
    assert_eq!(ids(&format!("CF_API_TOKEN={}\n", "kX9vQ2mZ7pLw4RtB8sJdYc3NfHg6TqWe5AuKx1Zb")).len(), 1);
}
