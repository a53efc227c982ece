package dial_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/dial"
)

func TestNational(t *testing.T) {
	for e164, want := range map[string][2]string{
		"+12125550101": {"2125550101", "1"}, "+4930551234": {"30551234", "0"}, "+442079460018": {"2079460018", "0"},
		"+390669812345": {"0669812345", ""}, "+79161234567": {"9161234567", "8"}, "+3612345678": {"12345678", "06"},
		"+35312345678": {"12345678", "0"}, "": {}, "+": {}, "+9": {}, "+999123": {}, "12": {}, "+x1": {}, "++1": {}, "+1": {"", "1"},
	} {
		digits, trunk := dial.National(e164)
		require.Equal(t, want, [2]string{digits, trunk}, e164)
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { dial.National("+4930551234") }))
}
