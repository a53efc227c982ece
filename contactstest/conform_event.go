package contactstest

// eventCases are those of EVT.
var eventCases = []conformCase{}
