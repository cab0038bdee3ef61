use super::*;

#[test]
fn usage_wins_over_failure_and_failure_over_not_verified() {
    assert_eq!(Exit::Fail.or(Exit::NotVerified), Exit::Fail);
    assert_eq!(Exit::NotVerified.or(Exit::Fail), Exit::Fail);
    assert_eq!(Exit::Fail.or(Exit::Usage), Exit::Usage);
    assert_eq!(Exit::Pass.or(Exit::NotVerified), Exit::NotVerified);
}
