"""The technology behind render: its index in SQL, its thumbnails."""
