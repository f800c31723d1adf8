use proptest::prelude::*;

use super::*;

fn parsed(text: &str) -> (Option<Node>, String) {
    let mut sources = Sources::new();
    let file = sources.add("s.yaml", text);
    let mut diagnostics = Diagnostics::new();
    let node = parse(&sources, file, &mut diagnostics);
    (node, diagnostics.render(&sources, false))
}

fn tree(text: &str) -> Node {
    let (node, messages) = parsed(text);
    assert_eq!(messages, "");
    node.unwrap()
}

/// The codes of what is wrong, in order of place.
fn codes(text: &str) -> Vec<&'static str> {
    let mut sources = Sources::new();
    let file = sources.add("s.yaml", text);
    let mut diagnostics = Diagnostics::new();
    parse(&sources, file, &mut diagnostics);
    diagnostics.sorted().iter().map(|item| item.code).collect()
}

#[test]
fn scalars_keep_their_text_and_digits_their_zeros() {
    let root = tree("account: 012345670123\nmode: OFF\nport: 0x1F\ncpu: \"256\"\n");
    let text = |key: &str| root.get(key).unwrap().as_text().unwrap();
    assert_eq!(text("account"), "012345670123");
    assert_eq!(text("mode"), "OFF");
    assert_eq!(text("port"), "0x1F");
    assert_eq!(text("cpu"), "256");
}

#[test]
fn null_is_nothing_and_a_quoted_null_is_text() {
    let root = tree("[~, null, Null, \"null\", '', nil]");
    let nulls: Vec<bool> = root
        .as_sequence()
        .unwrap()
        .iter()
        .map(Node::is_null)
        .collect();
    assert_eq!(nulls, [true, true, true, false, false, false]);
}

#[test]
fn json_as_the_aws_cli_prints_it_is_yaml() {
    let root = tree(
        "{\n    \"services\": [\n        {\n            \"serviceName\": \"a\\/b \\u00e4\",\n\
         \t\t\t\"desiredCount\": 2, \"on\": true, \"note\": null\n        }\n    ]\n}\n",
    );
    let service = &root.get("services").unwrap().as_sequence().unwrap()[0];
    assert_eq!(service.get("serviceName").unwrap().as_text(), Some("a/b ä"));
    assert!(service.get("note").unwrap().is_null());
}

#[test]
fn characters_beyond_the_basic_plane_may_be_escaped_as_json_does() {
    let root = tree(r#"{"a": "\ud83d\ude00 \u00e4 \n"}"#);
    assert_eq!(root.get("a").unwrap().as_text(), Some("😀 ä \n"));
    // An escaped backslash is none, a half pair is an error.
    let root = tree(r#"["\\ud83d\\ude00"]"#);
    assert_eq!(
        root.as_sequence().unwrap()[0].as_text(),
        Some(r"\ud83d\ude00")
    );
    assert_eq!(codes(r#"["\ud83d"]"#), ["syntax"]);
}

#[test]
fn a_tree_reads_back_from_its_json_as_the_same_values() {
    let root =
        tree("{a: 012, b: 3, c: yes, d: \"4\", e: ~, f: [true, 1.50, -2, 1e5], g: {}, h: ''}");
    assert_eq!(
        root.to_json().to_string(),
        r#"{"a":"012","b":3,"c":"yes","d":"4","e":null,"f":[true,"1.50",-2,"1e5"],"g":{},"h":""}"#
    );
}

#[test]
fn every_node_knows_its_line_and_column() {
    let root = tree("a:\n  - b: ä x\n    c: [1, 22]\n");
    let item = &root.get("a").unwrap().as_sequence().unwrap()[0];
    let place = |node: &Node| {
        let (start, end) = (node.span.start, node.span.end);
        (start.line, start.column, end.line, end.column)
    };
    assert_eq!(place(item.get("b").unwrap()), (2, 8, 2, 11));
    let list = item.get("c").unwrap();
    assert_eq!(place(list), (3, 8, 3, 15));
    assert_eq!(place(&list.as_sequence().unwrap()[1]), (3, 12, 3, 14));
}

#[test]
fn a_key_that_stands_twice_is_refused_with_both_places() {
    let (_, messages) = parsed("aws:\n  region: a\n  name: b\n  region: c\n");
    insta::assert_snapshot!(messages, @r#"
    error[duplicate-key]: the key "region" stands here and in line 2 in aws
      --> s.yaml:4:3
     4 |   region: c
       |   ^^^^^^
      help: keep one of the two
    "#);
}

#[test]
fn the_parsers_message_comes_with_its_place() {
    let (node, messages) = parsed("a:\n\tb: 1\n");
    assert_eq!(node, None);
    insta::assert_snapshot!(messages, @r"
    error[syntax]: tabs disallowed within this context (block indentation)
      --> s.yaml:2:2
     2 |  b: 1
       |  ^
      help: indent with spaces: YAML allows no tabs there
    ");
}

#[test]
fn what_is_no_single_plain_document_is_refused() {
    assert_eq!(codes("a: 1\n---\nb: 2\n"), ["two-documents"]);
    assert_eq!(codes(""), ["empty-file"]);
    assert_eq!(codes("# only a comment\n"), ["empty-file"]);
    assert_eq!(codes("[a]: 1\n"), ["key-not-text"]);
    assert_eq!(codes("{a: 1}: 1\n"), ["key-not-text"]);
    assert_eq!(codes("a: !Ref Thing\n"), ["yaml-tag"]);
    assert_eq!(codes("a: &x {b: 1}\nc:\n  <<: *x\n"), ["merge-key"]);
    assert_eq!(codes("a: *unknown\n"), ["syntax"]);
    assert_eq!(codes("a: &x [*x]\n"), ["alias-cycle"]);
    assert_eq!(codes("a: 1\n"), [""; 0]);
}

#[test]
fn a_byte_order_mark_and_windows_lines_are_read_and_said() {
    let (node, messages) = parsed("\u{feff}a: 1\r\nb: two\r\n");
    let root = node.unwrap();
    assert_eq!(root.get("b").unwrap().as_text(), Some("two"));
    assert_eq!(messages.matches("note[file-bytes]").count(), 2);
    assert_eq!(messages.matches("error").count(), 0);
}

#[test]
fn aliases_repeat_values_at_their_first_place() {
    let root = tree("a: &x { b: 1 }\nc: *x\n");
    assert_eq!(root.get("a"), root.get("c"));
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let inner = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{inner}]\n"));
    }
    assert_eq!(codes(&text), ["too-many-values"]);
}

#[test]
fn nesting_is_bounded_with_aliases_too() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(codes(&deep(DEPTH_MAX)), [""; 0]);
    assert_eq!(codes(&deep(DEPTH_MAX + 1)), ["too-deep"]);
    assert_eq!(codes(&deep(100_000)), ["too-deep"]);
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..70 {
        text.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert_eq!(codes(&text), ["too-deep"]);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (_, _) = parsed(&String::from_utf8_lossy(&bytes));
        let (_, _) = parsed(&format!("[{}]", String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn no_yaml_like_text_makes_the_parser_panic(
        text in r##"([a-c0]|[\[\]{}:,&*!|>'"#?%@`~-]|: |\n|\n  |\t|- |\r\n|\\u|é){0,60}"##
    ) {
        let (_, _) = parsed(&text);
    }
}
