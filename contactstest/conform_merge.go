package contactstest

// mergeCases are those of MRG and RED.
var mergeCases = []conformCase{}
