//! Tables of names that Kargo itself would give.
use super::*;
use crate::FreightOrigin;

#[test]
fn git_urls() {
    let same = [
        "https://not a url",
        "http://h.example/example/repo?foo=bar",
        "ssh://not a url",
        "ssh://h.example/example/repo?foo=bar",
        "not even remotely a url",
        "git@h.example:22:x",
        "https://h.example:port/x",
        "https://h.example/%zz",
        "a/b/c",
        "",
    ];
    for url in same {
        assert_eq!(normalize_git(url), url);
    }
    let cases = [
        ("https://h.example", "https://h.example"),
        ("https://h.example/", "https://h.example"),
        ("https://foo:bar@h.example/", "https://h.example"),
        ("https://H.Example/Example/Repo.git", "https://h.example/example/repo"),
        ("https://h.example/example/repo.git/", "https://h.example/example/repo"),
        ("https://foo:bar@localhost:8443/example/repo/", "https://localhost:8443/example/repo"),
        (" \u{feff}https://h.example/a\u{200b}b ", "https://h.example/ab"),
        ("https://h.example/a b.git", "https://h.example/a%20b"),
        ("https://h.example/a%20b", "https://h.example/a%20b"),
        ("https://h.example/a%2fb.git", "https://h.example/a/b"),
        ("https://h.example/a%2Fb", "https://h.example/a%2fb"),
        ("https://h.example/repo?", "https://h.example/repo?"),
        ("https://h.example/repo//", "https://h.example/repo/"),
        ("ssh://git.example.com/", "ssh://git.example.com"),
        ("ssh://git@git.example.com", "ssh://git@git.example.com"),
        ("ssh://git@localhost:2222/example/repo.git/", "ssh://git@localhost:2222/example/repo"),
        ("git.example.com", "ssh://git.example.com"),
        ("git@git.example.com", "ssh://git@git.example.com"),
        ("h.example:example/repo/", "ssh://h.example/example/repo"),
        ("git@h.example:example/repo.git", "ssh://git@h.example/example/repo"),
        ("git@h.example:example/repo.git/", "ssh://git@h.example/example/repo"),
        ("git@h.example:/srv/repo.git", "ssh://git@h.example//srv/repo"),
    ];
    for (url, canonical) in cases {
        assert_eq!(normalize_git(url), canonical, "{url}");
    }
}

#[test]
fn image_urls() {
    let cases = [
        ("index.docker.io/library/busybox", "busybox"),
        ("index.docker.io/busybox", "busybox"),
        ("registry-1.docker.io/library/busybox", "busybox"),
        ("registry-1.docker.io/busybox", "busybox"),
        ("docker.io/library/busybox", "busybox"),
        ("docker.io/busybox", "busybox"),
        ("library/busybox", "busybox"),
        ("busybox", "busybox"),
        ("docker.io/example/repo", "example/repo"),
        ("Example/Repo", "example/repo"),
        ("ghcr.io/example/repo", "ghcr.io/example/repo"),
        ("localhost/repo", "localhost/repo"),
        ("localhost:5000/repo:1.0", "localhost:5000/repo"),
        ("quay.io/example/repo:v1", "quay.io/example/repo"),
        ("invalid url", "invalid url"),
        ("x", "x"),
    ];
    for (url, canonical) in cases {
        assert_eq!(normalize_image(url), canonical, "{url}");
    }
    let digest = format!("ghcr.io/a/b@sha256:{}", "a".repeat(64));
    assert_eq!(normalize_image(&digest), "ghcr.io/a/b");
    assert_eq!(normalize_image("ghcr.io/a/b@sha256:abc"), "ghcr.io/a/b@sha256:abc");
}

#[test]
fn chart_urls() {
    let cases = [
        ("", ""),
        ("  repo  ", "repo"),
        ("REpo", "repo"),
        ("OCI://Repo", "repo"),
        ("oci://docker.io/example/repo", "example/repo"),
        ("registry-1.docker.io/example/repo", "example/repo"),
        ("https://charts.example.com", "https://charts.example.com"),
        ("oci://ghcr.io/example/chart", "ghcr.io/example/chart"),
    ];
    for (url, canonical) in cases {
        assert_eq!(normalize_chart(url), canonical, "{url}");
    }
}

#[test]
fn paths_are_joined_as_go_does() {
    let cases = [
        ("https://charts.example.com", "app", "https:/charts.example.com/app"),
        ("ghcr.io/example/chart", "", "ghcr.io/example/chart"),
        ("", "", ""),
        ("", "app", "app"),
        ("/", "..", "/"),
        ("a/..", "", "."),
        ("..", "../a", "../../a"),
    ];
    for (first, second, joined) in cases {
        assert_eq!(join_path(first, second), joined, "{first} + {second}");
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn freight() -> Freight {
    Freight {
        origin: FreightOrigin::warehouse("guestbook"),
        commits: vec![GitCommit {
            repo_url: some("https://git.example.com/Org/Config.git"),
            id: some("0123abc"),
            branch: some("main"),
            message: some("never hashed"),
            ..Default::default()
        }],
        images: vec![Image {
            repo_url: some("Registry.example.com/app"),
            tag: some("v1.2.3"),
            digest: some("sha256:beef"),
            ..Default::default()
        }],
        charts: vec![Chart {
            repo_url: some("https://charts.example.com"),
            name: some("app"),
            version: some("1.0.0"),
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn sha1(text: &str) -> String {
    hex(&Sha1::digest(text))
}

#[test]
fn freight_names() {
    assert_eq!(
        freight_name(&freight()),
        sha1(
            "Warehouse/guestbook:Registry.example.com/app:v1.2.3@sha256:beef\
             |https://git.example.com/org/config:0123abc|https:/charts.example.com/app:1.0.0"
        )
    );
    // Worked out by hand with a shell's sha1sum, so that our own hashing is not its own judge.
    assert_eq!(
        sha1("Warehouse/my-warehouse:nginx:1.27.0@sha256:abc"),
        "9d137ba60de543683c6a0941811f7c289fe5c616"
    );
    let mut same = freight();
    same.commits[0].message = some("other");
    same.commits[0].branch = None;
    assert_eq!(freight_name(&same), freight_name(&freight()));

    type Change = fn(&mut Freight);
    let changes: [(&str, Change); 7] = [
        ("origin", |f| f.origin.name.push('x')),
        ("tag of a commit", |f| f.commits[0].tag = some("v1")),
        ("subscription of a commit", |f| f.commits[0].subscription_name = some("s")),
        ("digest", |f| f.images[0].digest = some("sha256:cafe")),
        ("subscription of an image", |f| f.images[0].subscription_name = some("s")),
        ("subscription of a chart", |f| f.charts[0].subscription_name = some("s")),
        ("another artifact", |f| {
            f.artifacts.push(ArtifactReference {
                artifact_type: some("maven"),
                subscription_name: "m".to_owned(),
                version: "1".to_owned(),
                metadata: None,
            });
        }),
    ];
    for (what, change) in changes {
        let mut other = freight();
        change(&mut other);
        assert_ne!(freight_name(&other), freight_name(&freight()), "{what}");
    }
}

#[test]
fn collection_ids() {
    let id = freight_collection_id(["b", "a"]);
    assert_eq!(id, sha1("a,b"));
    assert_eq!(id, freight_collection_id(["a", "b"]));
    assert_eq!(freight_collection_id([]), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

#[test]
fn promotion_names() {
    let ulid = "01J2ZK0C5W5D5M5N5P5Q5R5S5T";
    assert_eq!(
        promotion_name("Test", ulid, "0123456789abcdef"),
        "test.01j2zk0c5w5d5m5n5p5q5r5s5t.0123456"
    );
    assert_eq!(promotion_name("test", ulid, "abc"), "test.01j2zk0c5w5d5m5n5p5q5r5s5t.abc");
    let long = format!("{}-.{}", "a".repeat(216), "b".repeat(30));
    let name = promotion_name(&long, ulid, "0123456");
    assert_eq!(name, format!("{}.01j2zk0c5w5d5m5n5p5q5r5s5t.0123456", "a".repeat(216)));
    assert!(promotion_name(&"a".repeat(300), ulid, "01234567").len() <= 253);
}

#[test]
fn labels_are_shortened() {
    let fits = "a".repeat(63);
    assert_eq!(shorten_label_value(&fits), fits);
    let long = "a".repeat(64);
    let short = shorten_label_value(&long);
    // The digits are the first of the SHA-256 of 64 times `a`.
    assert_eq!(short, format!("{}-ffe054fe", "a".repeat(54)));
    let dashes = format!("{}{}", "a".repeat(50), "-".repeat(30));
    let short = shorten_label_value(&dashes);
    assert!(short.starts_with(&format!("{}-", "a".repeat(50))) && short.len() == 59, "{short}");
    assert_eq!(shorten_resource_name(&"n".repeat(254)).len(), 253);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_has_a_name(a in "\\PC*", b in ".*", c in "(https?|ssh|oci)://[a-z@:/?#%.\\[\\]0-9]*") {
        for text in [&a, &b, &c] {
            for normalize in [normalize_git, normalize_image, normalize_chart] {
                let _ = normalize(text);
            }
            assert!(shorten_label_value(text).len() <= 63);
            assert!(promotion_name(text, "01J2ZK0C5W5D5M5N5P5Q5R5S5T", &a).is_ascii() || !text.is_ascii() || !a.is_ascii());
            let _ = join_path(&a, text);
            let _ = crate::Duration::from(text.as_str()).get();
        }
    }

    #[test]
    fn normal_forms_stay(path in "[a-z0-9]{1,8}(/[a-z0-9.-]{1,8}){0,3}(\\.git)?/?") {
        let once = normalize_git(&format!("https://h.example/{path}"));
        let image = normalize_image(&path);
        assert_eq!(normalize_image(&image), image);
        assert!(!once.ends_with(".git/"), "{once}");
    }
}
