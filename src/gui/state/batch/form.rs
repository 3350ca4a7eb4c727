//! What a person enters before a batch is armed.

use crate::gui::job_profile::MOST_BOARDS;

/// The fields of the batch screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchForm {
    /// The name of the batch, for the record.
    pub name: String,
    /// The number of boards to upgrade, as typed.
    pub count: String,
    /// The options are open to be changed.
    pub changing_options: bool,
}

impl BatchForm {
    /// The number of boards, if one is given: 1 to a million.
    ///
    /// # Errors
    /// A sentence about the text.
    pub fn count(&self) -> Result<Option<usize>, String> {
        match self.count.trim() {
            "" => Ok(None),
            text => match text.parse() {
                Ok(count @ 1..=MOST_BOARDS) => Ok(Some(count)),
                _ => Err("The number of boards is a number, or nothing".to_owned()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_a_number_from_1_or_nothing() {
        let count = |text: &str| {
            let form = BatchForm {
                count: text.to_owned(),
                ..BatchForm::default()
            };
            form.count()
        };
        assert_eq!(count(" 200 "), Ok(Some(200)));
        assert_eq!(count(""), Ok(None));
        for wrong in ["0", "-1", "many", "1.5", "99999999999999999999"] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
    }
}
