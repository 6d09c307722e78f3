//! Which personal data the masker knows, and what is written in its place.

use serde::{Deserialize, Serialize};

/// A kind of personal data (forms and sources: section B7 of the domain notes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalDataKind {
    /// 주민등록번호, also what only looks like one: 6 digits of a valid date and 7 more.
    ResidentNumber,
    /// 외국인등록번호: as above with 5 to 8 as seventh digit.
    ForeignerNumber,
    /// Mobile, landline, internet and forwarding numbers; not the short numbers of public bodies.
    Phone,
    /// E-mail address, also spelled out.
    Email,
    /// Credit or debit card.
    Card,
    /// Bank account.
    Account,
    /// Vehicle plate.
    Vehicle,
    /// Passport.
    Passport,
    /// Driver's licence.
    DriverLicence,
    /// 사업자등록번호.
    BusinessNumber,
    /// 법인등록번호.
    CorporateNumber,
    /// 개인통관고유부호.
    CustomsCode,
    /// IPv4 or IPv6 address.
    IpAddress,
    /// The part of an address that leads to a door: from the road name or lot number on.
    Address,
    /// A person's name.
    Name,
}

impl PersonalDataKind {
    /// All kinds, in the order of declaration.
    pub const ALL: [Self; 15] = [
        Self::ResidentNumber,
        Self::ForeignerNumber,
        Self::Phone,
        Self::Email,
        Self::Card,
        Self::Account,
        Self::Vehicle,
        Self::Passport,
        Self::DriverLicence,
        Self::BusinessNumber,
        Self::CorporateNumber,
        Self::CustomsCode,
        Self::IpAddress,
        Self::Address,
        Self::Name,
    ];

    /// What stands in a masked text instead of the datum.
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::ResidentNumber => "[주민등록번호]",
            Self::ForeignerNumber => "[외국인등록번호]",
            Self::Phone => "[전화번호]",
            Self::Email => "[이메일]",
            Self::Card => "[카드번호]",
            Self::Account => "[계좌번호]",
            Self::Vehicle => "[차량번호]",
            Self::Passport => "[여권번호]",
            Self::DriverLicence => "[운전면허번호]",
            Self::BusinessNumber => "[사업자등록번호]",
            Self::CorporateNumber => "[법인등록번호]",
            Self::CustomsCode => "[개인통관고유부호]",
            Self::IpAddress => "[IP주소]",
            Self::Address => "[주소]",
            Self::Name => "[이름]",
        }
    }

    /// The placeholder's kind, if `text` begins with a placeholder.
    pub(super) fn of_placeholder(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| text.starts_with(kind.placeholder()))
    }
}
