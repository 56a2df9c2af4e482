"""The technology behind the site: SQL, the page store, the wire to our own address."""
