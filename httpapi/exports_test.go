package httpapi

// This file gives the tests of package httpapi_test access to unexported parts.

// StatusOf returns the status of an error, which no request needs to cause.
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
