// The whole public API of @kyso/verify, in declarations alone. The report
// mirrors signature/verify/report.go; a test compares the two.
export {};
