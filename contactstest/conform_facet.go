package contactstest

// facetCases are those of FCT.
var facetCases = []conformCase{}
