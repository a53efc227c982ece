module github.com/contactsdb/contacts/examples/replicated

go 1.26.0

replace (
	github.com/contactsdb/contacts => ../..
	github.com/contactsdb/contacts/natslog => ../../natslog
	github.com/contactsdb/contacts/natslog/test => ../../natslog/test
)
