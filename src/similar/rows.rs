//! The cases of the index, column by column: what a scan reads lies together.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::lexical::Bigrams;
use super::vector::Embedding;
use crate::domain::CaseId;

/// A case for the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The case.
    pub case_id: CaseId,
    /// Code of its department.
    pub department: String,
    /// 시·군 of its place.
    pub sigungu: Option<String>,
    /// When it came in.
    pub received_at: OffsetDateTime,
    /// Its wording.
    pub wording: Bigrams,
    /// Its embedding.
    pub embedding: Embedding,
}

/// Which cases are scored. `None` does not restrict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Code of the department that they have now.
    pub department: Option<String>,
    /// In this 시·군, or in none: a writer often leaves it out.
    pub sigungu: Option<String>,
    /// Received at or after.
    pub from: Option<OffsetDateTime>,
    /// Received before.
    pub until: Option<OffsetDateTime>,
    /// Not this one.
    pub except: Option<CaseId>,
}

/// Code of an absent name.
const NONE: u32 = 0;

/// Names as small numbers.
#[derive(Debug, Default)]
struct Names {
    codes: HashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    fn code(&mut self, name: &str) -> u32 {
        if let Some(code) = self.codes.get(name) {
            return *code;
        }
        self.names.push(name.to_owned());
        let code = self.names.len() as u32;
        self.codes.insert(name.to_owned(), code);
        code
    }

    fn name(&self, code: u32) -> Option<&str> {
        Some(self.names.get(code.checked_sub(1)? as usize)?)
    }
}

/// Columns; all are of one length, the vectors' values `dim` times as long.
#[derive(Debug, Default)]
pub struct Rows {
    dim: usize,
    /// Values of the embeddings in steps, row by row.
    pub values: Vec<i8>,
    /// Size of a step.
    pub scale: Vec<f32>,
    /// Product with the centre.
    pub product: Vec<f32>,
    /// One by the distance from the centre; 0 for a case that lies there.
    pub inverse: Vec<f32>,
    pub wording: Vec<Bigrams>,
    pub ids: Vec<CaseId>,
    /// Seconds since 1970.
    at: Vec<i64>,
    department: Vec<u32>,
    sigungu: Vec<u32>,
    places: HashMap<CaseId, u32>,
    names: Names,
}

/// A scope in the codes of the rows.
pub struct Filter {
    department: Option<u32>,
    sigungu: Option<u32>,
    from: i64,
    until: i64,
    except: Option<usize>,
}

impl Rows {
    pub fn new(dim: usize) -> Self {
        Self { dim, ..Self::default() }
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Place of a case.
    pub fn place(&self, id: CaseId) -> Option<usize> {
        self.places.get(&id).map(|row| *row as usize)
    }

    /// Values of a row.
    pub fn vector(&self, row: usize) -> &[i8] {
        &self.values[row * self.dim..][..self.dim]
    }

    /// 시·군 of a row.
    pub fn sigungu(&self, row: usize) -> Option<&str> {
        self.names.name(self.sigungu[row])
    }

    /// Time of receipt of a row, in seconds, as UTC.
    pub fn received_at(&self, row: usize) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.at[row]).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Adds a row that is not there yet; its product and distance are to be set.
    pub fn push(&mut self, entry: Entry) {
        self.places.insert(entry.case_id, self.ids.len() as u32);
        self.ids.push(entry.case_id);
        self.values.extend_from_slice(&entry.embedding.values);
        self.scale.push(entry.embedding.scale);
        self.product.push(0.0);
        self.inverse.push(0.0);
        self.wording.push(entry.wording);
        self.at.push(entry.received_at.unix_timestamp());
        self.department.push(self.names.code(&entry.department));
        let sigungu = entry.sigungu.as_deref().map_or(NONE, |name| self.names.code(name));
        self.sigungu.push(sigungu);
    }

    /// Takes a row out; the last one takes its place.
    pub fn remove(&mut self, row: usize) {
        let (id, last) = (self.ids[row], self.len() - 1);
        self.places.remove(&id);
        if row != last {
            self.values.copy_within(last * self.dim..(last + 1) * self.dim, row * self.dim);
            self.places.insert(self.ids[last], row as u32);
        }
        self.values.truncate(last * self.dim);
        self.ids.swap_remove(row);
        self.scale.swap_remove(row);
        self.product.swap_remove(row);
        self.inverse.swap_remove(row);
        self.wording.swap_remove(row);
        self.at.swap_remove(row);
        self.department.swap_remove(row);
        self.sigungu.swap_remove(row);
    }

    /// Gives a row another department.
    pub fn set_department(&mut self, row: usize, department: &str) {
        self.department[row] = self.names.code(department);
    }

    /// A scope in codes; `None` if no row can fit.
    pub fn filter(&self, scope: &Scope) -> Option<Filter> {
        let seconds = |at: Option<OffsetDateTime>, none: i64| at.map_or(none, OffsetDateTime::unix_timestamp);
        let department = match &scope.department {
            Some(name) => Some(*self.names.codes.get(name)?),
            None => None,
        };
        // Nobody is in a 시·군 without a code, but some may be in none.
        let sigungu = scope.sigungu.as_ref().map(|name| self.names.codes.get(name).copied().unwrap_or(NONE));
        Some(Filter {
            department,
            sigungu,
            from: seconds(scope.from, i64::MIN),
            until: seconds(scope.until, i64::MAX),
            except: scope.except.and_then(|id| self.place(id)),
        })
    }

    /// Whether a row is in scope.
    #[inline]
    pub fn fits(&self, row: usize, filter: &Filter) -> bool {
        let (at, sigungu) = (self.at[row], self.sigungu[row]);
        at >= filter.from
            && at < filter.until
            && filter.department.is_none_or(|code| code == self.department[row])
            && filter.sigungu.is_none_or(|code| sigungu == NONE || sigungu == code)
            && filter.except != Some(row)
    }
}
