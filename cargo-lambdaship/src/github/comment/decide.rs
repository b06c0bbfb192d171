//! What to do about our comment, given all comments of the pull request. Pure.

use super::header::Header;

/// A comment as GitHub lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: u64,
    /// Its page.
    pub(super) url: String,
    /// Who wrote it; none for an account that is gone.
    pub(super) author: Option<String>,
    pub(super) body: String,
}

/// What becomes of a comment that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::github) enum Absent {
    /// It is made.
    Create,
    /// Nothing: what there is to say is worth no comment of its own.
    Leave,
}

/// What this run wants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    /// The header of what it says, but for `rev`.
    pub(super) header: &'a Header,
    /// The token's own login.
    pub(super) login: &'a str,
    /// Whether it was written already.
    pub(super) wrote: bool,
    /// What becomes of it where there is none.
    pub(super) absent: Absent,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub(super) enum Step {
    /// There is none, and there is to be one.
    Create,
    /// There is none, and none is made.
    Leave,
    /// It says something older.
    Update {
        /// Which one.
        id: u64,
        /// What its `rev` becomes.
        rev: u64,
    },
    /// Nothing is to be said any more.
    End {
        /// The comment's page.
        url: String,
        /// Whether a newer run speaks there.
        newer: bool,
        /// Duplicates that have to go.
        delete: Vec<u64>,
    },
}

/// Decides. Only a comment by `login` with our header and key is ours, whatever else looks like it. Of several the lowest
/// number stays; what a newer run wrote is neither overwritten nor deleted: that run sees to it itself, or one after it.
pub(super) fn decide(comments: &[Found], wish: Wish<'_>) -> Step {
    let mut ours: Vec<_> =
        comments.iter().filter_map(|comment| Some((comment, owned(comment, wish)?))).collect();
    ours.sort_by_key(|(comment, _)| comment.id);
    let (Some((first, header)), Some((newest, newest_header))) =
        (ours.first(), ours.iter().max_by_key(|(comment, header)| (header.order(), u64::MAX - comment.id)))
    else {
        return match wish.absent {
            Absent::Create => Step::Create,
            Absent::Leave => Step::Leave,
        };
    };
    let mine = wish.header.order();
    let delete = || {
        let older = ours.iter().skip(1).filter(|(_, header)| header.order() <= mine);
        older.map(|(comment, _)| comment.id).collect()
    };
    if newest_header.order() > mine && newest_header.hash != wish.header.hash {
        return Step::End { url: newest.url.clone(), newer: true, delete: delete() };
    }
    // A second job of the same run with the same key speaks last once; they would take turns for ever.
    let settled = header.hash == wish.header.hash || (wish.wrote && header.order() == mine);
    if settled {
        return Step::End { url: first.url.clone(), newer: false, delete: delete() };
    }
    Step::Update { id: first.id, rev: header.next_rev() }
}

fn owned(comment: &Found, wish: Wish<'_>) -> Option<Header> {
    let author = comment.author.as_deref()?;
    let header = Header::parse(&comment.body)?;
    (author.eq_ignore_ascii_case(wish.login) && header.key == wish.header.key).then_some(header)
}

#[cfg(test)]
mod tests {
    use super::super::super::Stamp;
    use super::*;

    const BOT: &str = "github-actions[bot]";

    fn header(key: &str, run: u64, attempt: u64, text: &str) -> Header {
        let stamp = Stamp { key: key.to_owned(), run, attempt, head: "abc".to_owned(), content: None };
        Header::new(&stamp, text, 4)
    }

    fn comment(id: u64, author: &str, run: u64, text: &str) -> Found {
        let body = format!("{}\n{text}", header("plan", run, 1, text).render());
        Found { id, url: format!("page {id}"), author: Some(author.to_owned()), body }
    }

    fn end(id: u64, newer: bool, delete: &[u64]) -> Step {
        Step::End { url: format!("page {id}"), newer, delete: delete.to_vec() }
    }

    fn wished(comments: &[Found], wrote: bool, absent: Absent) -> Step {
        decide(comments, Wish { header: &header("plan", 5, 1, "new"), login: BOT, wrote, absent })
    }

    fn decided(comments: &[Found], wrote: bool) -> Step {
        wished(comments, wrote, Absent::Create)
    }

    #[test]
    fn what_is_done_about_the_comment() {
        let update = |id| Step::Update { id, rev: 5 };
        let of = |id, run, text| comment(id, BOT, run, text);
        let gone = Found { author: None, ..of(1, 4, "old") };
        let plain = Found { body: "plan".to_owned(), ..of(1, 4, "old") };
        let cases = [
            ("none", vec![], Step::Create),
            ("others only", vec![comment(1, "octo-person", 4, "old"), plain, gone], Step::Create),
            ("older", vec![of(1, 4, "old")], update(1)),
            ("same text", vec![of(1, 4, "new")], end(1, false, &[])),
            ("newer", vec![of(1, 6, "other")], end(1, true, &[])),
            ("newer with the same text", vec![of(1, 6, "new")], end(1, false, &[])),
            ("another user's is newer", vec![comment(1, "octo-person", 9, "x"), of(2, 4, "old")], update(2)),
            ("duplicate of an older run", vec![of(2, 4, "old"), of(1, 5, "new")], end(1, false, &[2])),
            ("own duplicate", vec![of(1, 4, "old"), of(2, 5, "new")], update(1)),
            ("own duplicate, updated", vec![of(1, 5, "new"), of(2, 5, "new")], end(1, false, &[2])),
            ("newer duplicate", vec![of(1, 5, "new"), of(2, 6, "other")], end(2, true, &[])),
            (
                "newer, and own duplicate",
                vec![of(1, 6, "other"), of(2, 5, "new"), of(3, 4, "old")],
                end(1, true, &[2, 3]),
            ),
        ];
        for (name, comments, step) in cases {
            assert_eq!(decided(&comments, false), step, "{name}");
        }
    }

    #[test]
    fn a_second_job_of_the_same_run_speaks_last_once() {
        let other = [comment(1, BOT, 5, "other")];
        assert_eq!(decided(&other, false), Step::Update { id: 1, rev: 5 });
        assert_eq!(decided(&other, true), end(1, false, &[]));
        // An older run's text is overwritten again, as often as it comes back.
        assert_eq!(decided(&[comment(1, BOT, 4, "old")], true), Step::Update { id: 1, rev: 5 });
    }

    #[test]
    fn what_is_worth_no_comment_of_its_own_changes_only_one_that_is_there() {
        assert_eq!(wished(&[], false, Absent::Leave), Step::Leave);
        let older = [comment(1, BOT, 4, "old")];
        assert_eq!(wished(&older, false, Absent::Leave), Step::Update { id: 1, rev: 5 });
    }

    #[test]
    fn another_key_is_another_comment() {
        let wish = header("drift", 5, 1, "new");
        let step = decide(
            &[comment(1, BOT, 4, "old")],
            Wish { header: &wish, login: BOT, wrote: false, absent: Absent::Create },
        );
        assert_eq!(step, Step::Create);
    }
}
