use super::super::detector;

fn found(text: &str) -> Vec<(&'static str, bool, &str)> {
    let hits = detector().scan(text.as_bytes());
    hits.into_iter().map(|hit| (hit.kind.id(), hit.doubt.is_some(), &text[hit.range])).collect()
}

#[test]
fn passwords_are_found_where_programs_keep_them() {
    for (text, password) in [
        ("Server=db;Port=5432;User Id=app;Password=Qv8h2Lp4Rk7m;Database=x;", "Qv8h2Lp4Rk7m"),
        ("jdbc:postgresql://db.corp.io/app?user=app&password=Qv8h2Lp4Rk7m", "Qv8h2Lp4Rk7m"),
        ("machine ftp.corp.io\n  login app\n  password Qv8h2Lp4Rk7m\n", "Qv8h2Lp4Rk7m"),
        ("<add key=\"ClearTextPassword\" value=\"Qv8h2Lp4Rk7m\" />", "Qv8h2Lp4Rk7m"),
        ("<Pass>Qv8h2Lp4Rk7m</Pass>", "Qv8h2Lp4Rk7m"),
        ("<Pass encoding=\"base64\">UXY4aDJMcDRSazdt</Pass>", "UXY4aDJMcDRSazdt"),
        ("Authorization: Basic YXBwOlF2OGgyTHA0Ums3bQ==", "YXBwOlF2OGgyTHA0Ums3bQ=="),
        ("{\"auths\": {\"r.io\": {\"auth\": \"YXBwOlF2OGgyTHA0Ums3bQ==\"}}}", "YXBwOlF2OGgyTHA0Ums3bQ=="),
        ("psexec \\\\host -u app -p Qv8h2Lp4Rk7m cmd", "Qv8h2Lp4Rk7m"),
        ("Connect-VIServer -Server h -User app -Password Qv8h2Lp4Rk7m", "Qv8h2Lp4Rk7m"),
    ] {
        let hits = found(text);
        assert_eq!(hits.len(), 1, "{text}: {hits:?}");
        assert!(["connection-string", "stored-login"].contains(&hits[0].0), "{hits:?}");
        assert_eq!((hits[0].1, hits[0].2), (false, password), "{text}");
    }
}

#[test]
fn words_are_doubtful_and_templates_are_nothing() {
    assert_eq!(found("Server=h;Uid=u;Pwd=opensesame;"), [("connection-string", true, "opensesame")]);
    for text in [
        "Server=h;Uid=u;Pwd=${DB_PASSWORD};",
        "Server=h;Uid=u;Pwd={0};",
        "https://h.io/login?password=Qv8h2Lp4Rk7m",
        "machine learning and password reset",
        "Authorization: Basic dXNlcg==",
        "<Pass>see below",
        "psexec \\\\host -u app -p %PASSWORD% cmd",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}
