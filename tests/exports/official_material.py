"""Material such as the department publishes, made here: a rules workbook, a schema and two stylesheets.

The tree below was written down by hand from what an autumn return of a primary school holds; it shares nothing with
`layout.csv`, so that a mistake there shows here. `*` repeats, `= A B` lists the codes, `: date` is a type.
"""

import io
from collections.abc import Sequence
from itertools import takewhile

from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from openpyxl import Workbook

YEAR = "2026-27"
XS = "http://www.w3.org/2001/XMLSchema"

PRIMARY_AUTUMN = """
Message
  Header
    CollectionDetails
      Collection = SC
      Term = AUT SPR SUM
      Year : gYear
      ReferenceDate : date
    Source
      SourceLevel = S L
      LEA
      Estab
      URN
      SoftwareCode
      Release
      Xversion
      SerialNo : positiveInteger
      DateTime : dateTime
  School
    SchoolCharacteristics
      SchoolName
      Phase = NS PS MP MS SS AT SP PR
      SchoolType
      HighestNCyear
      LowestNCyear
      Intake = COMP HASC OTHR
      Governance
      Email
      PhoneNo
  Pupils
    PupilsOnRoll
      PupilOnRoll *
        PupilIdentifiers
          UPN
          FormerUPN
          Surname
          Forename
          MiddleNames
          PreferredSurname
          FormerSurname
          Sex = M F
          DOB : date
        PupilCharacteristics
          FSMeligibility
            FSMperiod *
              FSMstartDate : date
              FSMEligibilityVerificationDate : date
              FSMendDate : date
              UKcountry = ENG NIR SCT WLS
              FSMCategory = TFSM EFSM
          SchoolLunchTaken : boolean
          Language
          ServiceChild = N R U Y
          FundedHours : decimal
          ExtendedHours : decimal
          ExpandedHours : decimal
          EligibilityCode
          HoursAtSetting : decimal
          DAFIndicator : boolean
          FundingBasisItems
            FundingBasis *
          EYPPR
          EYPPBF
          TopUpFunding : boolean
          PLAA = A C G N O R
        PupilStatus
          EnrolStatus = C F G M O S
          ClassType = N O
          EntryDate : date
          PartTime : boolean
          Boarder = B N 6 7
          NCyearActual
        SpecialEducationalNeeds
          SENprovision = N E K
          SENunitIndicator : boolean
          ResourcedProvisionIndicator : boolean
        Exclusions
          TermlyExclusion *
            Category = PERM SUSP LNCH
            Reason1
            Reason2
            Reason3
            StartDate : date
            Sessions : nonNegativeInteger
            SENprovision = N E K
        HomeInformation
          Address
            PostCode
            UniquePropertyReferenceNumber
            BS7666Address
              SAON
              PAON
              Street
              Locality
              Town
              AdministrativeArea
              PostTown
            LineAddressFormat
              AddressLine1
              AddressLine2
              AddressLine3
              AddressLine4
              AddressLine5
        Attendance
          TermlyAttendance
            SessionsPossible : nonNegativeInteger
            SessionDetails
              SessionDetail *
                AttendanceReason
                Sessions : positiveInteger
          SummerHalfTerm2Attendance
            SessionsPossible : nonNegativeInteger
            SessionDetails
              SessionDetail *
                AttendanceReason
                Sessions : positiveInteger
        APPlacementDetails
          APPlacementDetail *
            URN
            UKPRN
            CompanyNumber
            APSettingType
            APPlacementPostcode
            PlacementReason
            EntryDate : date
            LeavingDate : date
            APAttendancePattern
            APSessionsPerWeek : nonNegativeInteger
            SENprovisionEntry = N E K
            SENprovisionLeaving = N E K
    PupilsNoLongerOnRoll
      PupilNoLongerOnRoll *
        PupilIdentifiers
          UPN
          FormerUPN
          Surname
          Forename
          MiddleNames
          FormerSurname
          Sex = M F
          DOB : date
        PupilCharacteristics
          Language
        PupilStatus
          EntryDate : date
          LeavingDate : date
          PartTime : boolean
          Boarder = B N 6 7
        Exclusions
          TermlyExclusion *
            Category = PERM SUSP LNCH
            Reason1
            Reason2
            Reason3
            StartDate : date
            Sessions : nonNegativeInteger
            SENprovision = N E K
        HomeInformation
          Address
            PostCode
            UniquePropertyReferenceNumber
        Attendance
          TermlyAttendance
            SessionsPossible : nonNegativeInteger
            SessionDetails
              SessionDetail *
                AttendanceReason
                Sessions : positiveInteger
          SummerHalfTerm2Attendance
            SessionsPossible : nonNegativeInteger
            SessionDetails
              SessionDetail *
                AttendanceReason
                Sessions : positiveInteger
        APPlacementDetails
          APPlacementDetail *
            URN
            UKPRN
            CompanyNumber
            APSettingType
            APPlacementPostcode
            PlacementReason
            EntryDate : date
            LeavingDate : date
            APAttendancePattern
            APSessionsPerWeek : nonNegativeInteger
            SENprovisionEntry = N E K
            SENprovisionLeaving = N E K
"""


def schema(tree: str = PRIMARY_AUTUMN) -> bytes:
    """An XSD of a tree: every element may be left out, none may be out of order."""
    lines = [line for line in tree.splitlines() if line.strip()]
    return f'<xs:schema xmlns:xs="{XS}">{_element(lines, required=True)}</xs:schema>'.encode()


def _element(lines: Sequence[str], *, required: bool = False) -> str:
    """The declaration of the first line's element, with the lines that are deeper than it inside."""
    first, below = lines[0], lines[1:]
    words = first.split()
    occurs = "" if required else ' minOccurs="0"' + (' maxOccurs="unbounded"' if "*" in words else "")
    if below:
        inside = "".join(_element(each) for each in _blocks(below))
        kind = f"<xs:complexType><xs:sequence>{inside}</xs:sequence></xs:complexType>"
        return f'<xs:element name="{words[0]}"{occurs}>{kind}</xs:element>'
    if "=" in words:
        codes = "".join(f'<xs:enumeration value="{code}"/>' for code in words[2:])
        kind = f'<xs:simpleType><xs:restriction base="xs:string">{codes}</xs:restriction></xs:simpleType>'
        return f'<xs:element name="{words[0]}"{occurs}>{kind}</xs:element>'
    kind = words[2] if ":" in words else "string"
    return f'<xs:element name="{words[0]}" type="xs:{kind}"{occurs}/>'


def _blocks(lines: Sequence[str]) -> list[Sequence[str]]:
    """Cut lines where one is as deep as the first."""
    depth = _depth(lines[0])
    starts = [place for place, line in enumerate(lines) if _depth(line) == depth]
    return [[lines[start], *takewhile(lambda line: _depth(line) > depth, lines[start + 1 :])] for start in starts]


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


NAMED_TYPES = b"""
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="Message">
    <xs:complexType><xs:sequence><xs:element ref="Pupils"/></xs:sequence></xs:complexType>
  </xs:element>
  <xs:element name="Pupils">
    <xs:complexType><xs:all><xs:element name="PupilsOnRoll" type="OnRoll"/></xs:all></xs:complexType>
  </xs:element>
  <xs:complexType name="OnRoll">
    <xs:sequence><xs:element name="PupilOnRoll" type="Pupil" maxOccurs="unbounded"/></xs:sequence>
  </xs:complexType>
  <xs:complexType name="Base"><xs:sequence><xs:group ref="Who"/></xs:sequence></xs:complexType>
  <xs:complexType name="Pupil">
    <xs:complexContent>
      <xs:extension base="Base">
        <xs:choice>
          <xs:element name="PupilStatus">
            <xs:complexType><xs:sequence><xs:element name="Boarder" type="Boards"/></xs:sequence></xs:complexType>
          </xs:element>
        </xs:choice>
      </xs:extension>
    </xs:complexContent>
  </xs:complexType>
  <xs:group name="Who">
    <xs:sequence>
      <xs:element name="PupilIdentifiers">
        <xs:complexType>
          <xs:sequence><xs:element name="UPN" type="xs:string"/><xs:element name="Sex" type="Coded"/></xs:sequence>
        </xs:complexType>
      </xs:element>
    </xs:sequence>
  </xs:group>
  <xs:simpleType name="Boards"><xs:union memberTypes="Yes No"/></xs:simpleType>
  <xs:simpleType name="Yes">
    <xs:restriction base="xs:string"><xs:enumeration value="B"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="No">
    <xs:restriction base="xs:string"><xs:enumeration value="N"/></xs:restriction>
  </xs:simpleType>
  <xs:complexType name="Coded"><xs:simpleContent><xs:extension base="Sexes"/></xs:simpleContent></xs:complexType>
  <xs:simpleType name="Sexes">
    <xs:restriction base="xs:string"><xs:enumeration value="F"/></xs:restriction>
  </xs:simpleType>
</xs:schema>
"""
"""A schema written the other way: everything named, referred to and extended."""

RULES = (
    ("Rule No.", "Level", "Error / Query", "Rule description"),
    (1510, "Pupil", "Error", "The first character of the UPN must be the check letter of the other twelve"),
    (1520, "Pupil", "Error", "UPN must be unique over all on-roll and no-longer-on-roll pupils"),
    ("1925Q", "Return", "Query", "A pupil no longer on roll was not expected in this return"),
    (1500, "Pupil", "Query", "UPN must be present"),
    (8888, "School", "Error", "A rule that nobody here has heard of"),
)
"""A sheet of rules: 1500 has another severity than ours, 8888 is unknown."""


def xlsx(rows: Sequence[Sequence[object]] = RULES, sheet: str = "Validation") -> bytes:
    """A workbook with a title page first, and two lines of titles above the table."""
    book = Workbook()
    book.active.title = "Contents"
    book.active.append(["School census 2026 to 2027"])
    of_rules = book.create_sheet(sheet)
    for row in ([], ["School census validation rules"], *rows):
        of_rules.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(rows: Sequence[Sequence[object]] = RULES, sheet: str = "Validation") -> bytes:
    """The same as an OpenDocument spreadsheet."""
    book = OpenDocumentSpreadsheet()
    for name, content in (("Contents", [["School census 2026 to 2027"]]), (sheet, [["Validation rules"], *rows])):
        table = Table(name=name)
        for row in content:
            line = TableRow()
            for cell in row:
                number = isinstance(cell, int)
                made = TableCell(valuetype="float", value=cell) if number else TableCell(valuetype="string")
                made.addElement(P(text=str(cell)))
                line.addElement(made)
            table.addElement(line)
        book.spreadsheet.addElement(table)
    out = io.BytesIO()
    book.write(out)
    return out.getvalue()


def stylesheet(body: str, *, version: str = "1.0", method: str = "xml") -> bytes:
    """A stylesheet whose one template, for the root, is `body`."""
    return (
        f'<xsl:stylesheet version="{version}" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        f'<xsl:output method="{method}"/><xsl:template match="/">{body}</xsl:template></xsl:stylesheet>'
    ).encode()


REPORT_AS_XML = stylesheet(
    "<Errors>"
    '<xsl:for-each select="//PupilOnRoll[not(PupilIdentifiers/UPN)]"><Error><RuleNumber>1500</RuleNumber>'
    '<Message>No UPN for <xsl:value-of select="PupilIdentifiers/Surname"/></Message></Error></xsl:for-each>'
    '<xsl:for-each select="//PupilOnRoll[PupilStatus/Boarder=\'B\']"><Error rule="2040Q"/></xsl:for-each>'
    "</Errors>"
)
"""Reports 1500 for a pupil without UPN, quoting the surname, and a made-up 2040Q for every boarder."""

REPORT_AS_PAGE = stylesheet(
    "<html><body><p>In 2026 there were 1510 pupils</p><table><tr><th>Pupil</th><th>Rule number</th></tr>"
    '<xsl:for-each select="//PupilOnRoll[not(PupilIdentifiers/UPN)]"><tr>'
    '<td><xsl:value-of select="PupilIdentifiers/Surname"/></td><td>1500</td></tr></xsl:for-each></table></body></html>',
    method="html",
)
REPORT_AS_TEXT = stylesheet(
    '<xsl:for-each select="//PupilOnRoll[not(PupilIdentifiers/UPN)]">'
    '<xsl:text>1500: no UPN for </xsl:text><xsl:value-of select="PupilIdentifiers/Surname"/>'
    "<xsl:text>&#10;</xsl:text></xsl:for-each>",
    method="text",
)
