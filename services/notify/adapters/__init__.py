"""The technology behind notify: SQL, maildir, SMTP, HTTP."""
