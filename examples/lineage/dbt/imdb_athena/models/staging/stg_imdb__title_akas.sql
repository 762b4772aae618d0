select
    titleid as title_id,
    try_cast(ordering as integer) as ordering,
    nullif(title, '\N') as localized_title,
    nullif(region, '\N') as region_code,
    nullif(language, '\N') as language_code,
    nullif(types, '\N') as title_kind,
    nullif(attributes, '\N') as attributes,
    isoriginaltitle = '1' as is_original_title
from {{ source('imdb', 'title_akas') }}
where titleid is not null
