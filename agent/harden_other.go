//go:build !windows

package main

// hardenLibrarySearch has nothing to do where libraries are found by path.
func hardenLibrarySearch() {}
