select
    nconst as name_id,
    nullif(primaryname, '\N') as primary_name,
    try_cast(nullif(birthyear, '\N') as integer) as birth_year,
    try_cast(nullif(deathyear, '\N') as integer) as death_year,
    nullif(primaryprofession, '\N') as primary_profession,
    nullif(knownfortitles, '\N') as known_for_titles
from {{ source('imdb', 'name_basics') }}
where nconst is not null
