-- Lipwright for the free edition of DaVinci Resolve from 21.1 on, which lists no Python scripts.
-- The timeline goes out as OTIO, lipwright conforms it in its own process, and the result comes back as a new
-- timeline; the one you have open is never changed. Written here by `lipwright install resolve`.

local PYTHON = [[@LIPWRIGHT_PYTHON@]]
local WINDOWS = package and package.config and package.config:sub(1, 1) == "\\"

local function say(text)
  print("Lipwright: " .. text)
end

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

-- One argument for the system's own command line, whatever is in it.
local function quoted(text)
  if WINDOWS then return '"' .. text:gsub('"', "") .. '"' end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- Characters that a command line could take for something else are left out of file names.
local function safe(name)
  return (name:gsub("[^%w%-_ ]", "_"))
end

local function folder()
  local base = os.getenv(WINDOWS and "LOCALAPPDATA" or "HOME") or "."
  return base .. (WINDOWS and "\\" or "/")
end

local function run(app)
  local project = app:GetProjectManager():GetCurrentProject()
  if not project then return say("no project is open; open your project and its timeline first") end
  local timeline = project:GetCurrentTimeline()
  if not timeline then return say("no timeline is open; open the timeline with your clips first") end
  if not exists(PYTHON) then return say(PYTHON .. " is missing; run `lipwright install resolve` again") end

  local stamp = os.date("%Y%m%d-%H%M%S")
  local stem = folder() .. "lipwright-" .. safe(timeline:GetName()) .. "-" .. stamp
  local before, after = stem .. ".otio", stem .. ".lipwright.otio"
  timeline:Export(before, app.EXPORT_OTIO, app.EXPORT_NONE)
  if not exists(before) then return say("Resolve wrote no OTIO file; check that " .. folder() .. " can be written") end

  say("working on " .. timeline:GetName() .. "; Resolve stays usable, this console says when it is done")
  local command = table.concat({ quoted(PYTHON), "-m lipwright conform", quoted(before), "--for resolve -o", quoted(after) }, " ")
  if WINDOWS then command = '"' .. command .. '"' end
  os.execute(command)
  if not exists(after) then return say("lipwright made no timeline; run this in a terminal to see why:\n  " .. command) end

  local made = project:GetMediaPool():ImportTimelineFromFile(after, {
    timelineName = timeline:GetName() .. " Lipwright " .. stamp,
    importSourceClips = true,
  })
  if made then
    say("done: the timeline " .. made:GetName() .. " lies beside the original")
  else
    say("Resolve did not import " .. after .. "; use File > Import > Timeline on it")
  end
end

local app = resolve or (bmd and bmd.scriptapp and bmd.scriptapp("Resolve"))
if app then run(app) else say("Resolve does not answer; start this from Workspace > Scripts") end
