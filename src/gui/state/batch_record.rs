//! The record of a batch: a line for each board, as CSV (RFC 4180).

use crate::wall_clock::Moment;

/// The first line.
pub(crate) const HEADER: &str = "time,batch,operator,port,serial,board,file,sha256,outcome,detail,seconds,backup,port_name,host\r\n";

/// What happened to a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordOutcome {
    Pass,
    Fail,
    /// Not written: the file is not for it, or it seems to be done already.
    Skipped,
    /// Its write protection was removed; the upgrade has its own line.
    Unprotected,
}

impl RecordOutcome {
    fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
            Self::Unprotected => "unprotected",
        }
    }
}

/// What all records of a batch have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordHead {
    /// The names that a person gave, or nothing.
    pub batch: String,
    pub operator: String,
    pub file: String,
    pub sha256: String,
    /// The machine's name: records of several benches come together.
    pub host: String,
}

/// A line of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub at: Moment,
    pub head: RecordHead,
    pub port: String,
    pub serial: String,
    pub board: String,
    pub outcome: RecordOutcome,
    pub detail: String,
    pub seconds: String,
    /// The file with the old contents, or nothing.
    pub backup: String,
    /// The name that a person gave to the port, or nothing.
    pub port_name: String,
}

impl Record {
    pub(crate) fn line(&self) -> String {
        let head = &self.head;
        let fields = [
            self.at.to_string(),
            field(&head.batch),
            field(&head.operator),
            field(&self.port),
            field(&self.serial),
            field(&self.board),
            field(&head.file),
            field(&head.sha256),
            self.outcome.word().to_owned(),
            field(&self.detail),
            self.seconds.clone(),
            field(&self.backup),
            field(&self.port_name),
            field(&head.host),
        ];
        fields.join(",") + "\r\n"
    }
}

fn field(text: &str) -> String {
    // A spreadsheet would read these as a formula.
    let text = if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_field_for_each_column_and_no_formula() {
        let record = Record {
            at: Moment::at(0, 2),
            head: RecordHead {
                batch: "=1+1".into(),
                operator: "O'Neill".into(),
                file: "a,b.dfu".into(),
                sha256: "00".into(),
                host: "bench-2".into(),
            },
            port: "1-1".into(),
            serial: "-A".into(),
            board: "STM32, 64 KiB".into(),
            outcome: RecordOutcome::Fail,
            detail: "it says \"no\"".into(),
            seconds: "0.0".into(),
            backup: String::new(),
            port_name: "left 1".into(),
        };
        assert_eq!(
            record.line(),
            "1970-01-01T02:00:00+02:00,'=1+1,O'Neill,1-1,'-A,\"STM32, 64 KiB\",\"a,b.dfu\",00,fail,\
             \"it says \"\"no\"\"\",0.0,,left 1,bench-2\r\n"
        );
        assert_eq!(HEADER.split(',').count(), 14);
    }
}
