package contactstest

// AssertCalls fails the test unless a method was called n times since the store was made, calls that a rule has failed
// included. It also counts calls that are no longer kept. For questions about arguments and results see Calls.
func (d *Double) AssertCalls(m Method, n int) {
	d.t.Helper()
	if !m.Known() {
		d.t.Fatalf("contactstest: %s", m.unknown())
	}
	if got := d.log.count(m); got != n {
		d.t.Errorf("contactstest: %s was called %d times, not %d", m, got, n)
	}
}

// AssertFired fails the test if a rule has not hit any call: the test then does not cover the failure that the rule
// stands for. Most tests that use Fail should end with it.
func (d *Double) AssertFired() {
	d.t.Helper()
	for _, f := range d.Unfired() {
		d.t.Errorf("contactstest: no call was hit by rule %s", f)
	}
}
