package httpapi

// What tests have no other way to.

// StatusOf returns the status of an error, also of one that no request brings about.
func StatusOf(err error) int {
	status, _ := failureOf(err)
	return status
}

// Routes returns the methods of the API, each as "METHOD /path".
func Routes() []string {
	var names []string
	for _, r := range routes {
		names = append(names, r.method+" "+r.path)
	}
	return names
}
