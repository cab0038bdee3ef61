use super::*;
use proptest::prelude::*;

/// A command as text: words by commas, variables as `$name` or `"$name"`, outputs and documents behind.
fn shown(script: &Script) -> Vec<String> {
    script.commands.iter().map(command).collect()
}

fn command(command: &Command) -> String {
    let mut parts: Vec<String> =
        command.assignments.iter().map(|(name, value)| format!("{name}={}", word(value))).collect();
    parts.extend(command.words.iter().map(word));
    parts.extend(command.writes.iter().map(|target| format!(">{}", word(target))));
    parts.extend(command.reads.iter().map(|source| format!("<{}", word(source))));
    parts.extend(command.here.iter().map(|text| format!("<<{}", word(text))));
    if !command.piped_from.is_empty() {
        parts.push(format!("|{:?}", command.piped_from));
    }
    parts.join(" ")
}

fn word(word: &Word) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.replace(' ', "_"),
        Part::Variable(v) if v.filtered => format!("[{}]", v.name),
        Part::Variable(v) if v.quoted => format!("\"${}\"", v.name),
        Part::Variable(v) => format!("${}", v.name),
        Part::Expression(_) => "EXPR".to_owned(),
        Part::Output(script) => format!("({})", shown(script).join(";")),
    };
    word.parts.iter().map(part).collect()
}

fn shell(text: &str) -> Vec<String> {
    shown(&read(text))
}

#[test]
fn quotes_and_variables() {
    assert_eq!(
        shell(r#"echo a "b $C" '$D' $E ${F:-$G} "${H//[^a-z]/}" ${#I} \$J"#),
        [r#"echo a b_"$C" $D $E $F$G [H]  $J"#]
    );
    assert_eq!(shell("a 'it''s' \"\" # comment\n b"), ["a its ", "b"]);
    assert_eq!(shell("a \\\n  b; c && d || e & f"), ["a b", "c", "d", "e", "f"]);
    assert_eq!(shell("X=$Y Z='a b' cmd A=b\nexport Q=\"$R\""), ["X=$Y Z=a_b cmd A=b", "Q=\"$R\" export"]);
    assert_eq!(shell("echo $((A + B)) $1 $@"), ["echo  $1 $@"]);
}

#[test]
fn expressions_stay_apart_in_every_kind_of_quotes() {
    assert_eq!(shell("echo ${{ a.b }} \"x ${{ '}' }}\" '${{ c }}'y # ${{ d }}"), ["echo EXPR x_EXPR EXPRy"]);
    assert_eq!(shell("X=${{ a }} b"), ["X=EXPR b"]);
}

#[test]
fn substitutions() {
    assert_eq!(shell("A=$(b \"$C\" | d) e `f $G` \"$(h; i)\""), ["A=(b \"$C\";d |0..1) e (f $G) (h;i)"]);
    assert_eq!(shell("cat <(a $B)"), ["cat (a $B)"]);
    assert_eq!(shell("a $(b $(c $(d)))"), ["a (b (c (d)))"]);
}

#[test]
fn redirections_and_groups() {
    assert_eq!(shell("echo a >> \"$OUT\" 2>&1"), ["echo a >\"$OUT\""]);
    assert_eq!(shell("{ echo a; echo b; } >> $OUT"), ["echo a >$OUT", "echo b >$OUT"]);
    assert_eq!(shell("(echo a) > x; echo c"), ["echo a >x", "echo c"]);
    assert_eq!(shell("for a in $B; do\n  echo $a\ndone > x"), ["for a in $B >x", "echo $a >x"]);
    assert_eq!(
        shell("if a; then b; fi >x\nc 2>/dev/null <in <<< \"$D\""),
        ["a >x", "b >x", "c >/dev/null <in <<\"$D\""]
    );
    assert_eq!(shell("a | b | tee -a $X"), ["a", "b |0..1", "tee -a $X |1..2"]);
    assert_eq!(shell("{ a; b; } | c"), ["a", "b", "c |0..2"]);
    assert_eq!(shell("a | while read -r x; do b $x; done"), ["a", "read -r x |0..1", "b $x"]);
}

#[test]
fn here_documents() {
    assert_eq!(shell("cat <<EOF >> $X\n$A ${{ b }}\nEOF\nc"), ["cat >$X <<\"$A\"_EXPR\n", "c"]);
    assert_eq!(shell("cat <<'EOF'\n$A ${{ b }}\nEOF\nc"), ["cat <<$A_EXPR\n", "c"]);
    assert_eq!(shell("cat <<-E | tee x\n\ta\n\tE\nc"), ["cat <<\ta\n", "tee x |0..1", "c"]);
    assert_eq!(shell("X=$(cat <<E\n$A\nE\n) b"), ["X=(cat <<\"$A\"\n) b"]);
    assert_eq!(shell("cat <<EOF\n${{ a\nEOF\n}}\n"), ["cat <<", "}}"]);
}

#[test]
fn depth_is_bounded() {
    for open in ["${a:-", "$(", "\"$(", "`", "(", "{ ", "<(", "$(("] {
        let text = open.repeat(100_000);
        assert!(read(&text).commands.len() <= text.len(), "{open}");
    }
}

proptest! {
    #[test]
    fn nothing_panics(text in "[ \na-c$(){}`'\"<>|&;#\\\\=é-]{0,60}") {
        let script = read(&text);
        prop_assert!(script.commands.iter().all(|command| text.get(command.range.clone()).is_some()));
    }
}
