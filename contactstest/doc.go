// Package contactstest helps to test code that uses contacts.
package contactstest
