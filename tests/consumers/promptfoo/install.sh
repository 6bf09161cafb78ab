# promptfoo comes from npm; Node from the Python environment, as the system's may be too old for it.
set -e
echo '{"private": true}' >package.json
npm install --no-save --no-audit --no-fund --loglevel=error promptfoo@latest
